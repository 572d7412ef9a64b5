#include "reports/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "reports/console_text.h"
#include "reports/verdict_json.h"
#include "reports/words.h"

namespace stormproof {
namespace {

class Console final : public ProgressListener {
 public:
  Console(std::ostream& talk, std::ostream& results, const ConsoleOptions& options)
      : talk_(talk), results_(results), options_(options), paint_(options.colour) {}
  ~Console() override { erase(); }
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void on_plan(std::size_t total) override { total_ = total; }

  void on_begin(std::size_t run, const std::string& scenario, const Cell& cell, std::uint64_t seed) override {
    std::string title = scenario;
    if (!cell.empty()) title += " " + cell_name(cell);
    in_flight_[run] = {printable(title), seed, {}};
    if (!options_.terminal || total_ <= 1 || options_.verbose) say(fmt::format("{}: seed {}", printable(title), seed));
    redraw(Pace::now);
  }

  void on_live(const Live& live) override {
    const auto found = in_flight_.find(live.run);
    if (found == in_flight_.end()) return;
    const Live before = found->second.live;
    found->second.live = live;
    if (options_.verbose) say_changes(found->second.title, before, live);
    redraw(before.phase != live.phase ? Pace::now : Pace::limited);
  }

  void on_end(std::size_t run, const RunSummary& summary) override {
    in_flight_.erase(run);
    ++finished_;
    erase();
    if (options_.json) {
      results_ << run_event_json(summary) << '\n';
    } else {
      const bool evidence =
          is_trouble(summary) || (mark(summary) != Verdict::pass && (total_ <= 1 || options_.verbose));
      for (const std::string& line : result_lines(summary, evidence, paint_)) results_ << line << '\n';
    }
    results_.flush();
    redraw(Pace::now);
  }

  void on_campaign_end(const CampaignSummary& campaign) override {
    in_flight_.clear();
    erase();
    if (options_.json) {
      results_ << campaign_event_json(campaign) << '\n';
    } else {
      write_end(campaign);
    }
    results_.flush();
  }

 private:
  enum class Pace { now, limited };
  struct InFlight {
    std::string title;
    std::uint64_t seed = 0;
    Live live;
  };

  void write_end(const CampaignSummary& campaign) {
    if (campaign.runs.size() > 1) {
      for (const Matrix& matrix : matrices(campaign)) {
        results_ << '\n';
        const auto width = static_cast<std::size_t>(std::max(options_.width, 20));
        for (const std::string& line : matrix_lines(matrix, width, paint_)) results_ << line << '\n';
      }
      results_ << '\n'
               << paint_(Ink::faint, fmt::format("✓ pass  ✗ fail  ? unknown  ! {}", trouble_words(campaign))) << '\n';
    }
    const Tally result = tally(campaign);
    const bool good = result.total > 0 && result.pass == result.total;
    const Ink ink = good ? Ink::good : result.fail > 0 ? Ink::bad : Ink::doubtful;
    results_ << paint_(ink, tally_words(result)) << "  " << human_duration(campaign.duration) << '\n';
    if (!campaign.directory.empty()) {
      results_ << "report: " << printable((campaign.directory / "report.html").string()) << '\n';
    }
  }

  void say_changes(const std::string& title, const Live& before, const Live& now) {
    if (before.phase != now.phase) {
      say(fmt::format("{}: {} at {}", title, printable(now.phase), human_duration(now.elapsed)));
    }
    if (before.faults_in_force != now.faults_in_force) {
      say(fmt::format("{}: in force: {}", title,
                      now.faults_in_force.empty() ? "nothing" : printable(join(now.faults_in_force, ", "))));
    }
    if (before.duplicates == 0 && now.duplicates > 0) {
      say(fmt::format("{}: the first duplicate, at {}", title, human_duration(now.elapsed)));
    }
    if (before.phase != now.phase && now.missing > 0) {
      say(fmt::format("{}: {} acknowledged and not seen so far", title, now.missing));
    }
  }

  void say(const std::string& line) {
    erase();
    talk_ << line << '\n';
    talk_.flush();
  }

  void erase() {
    if (drawn_ == 0) return;
    talk_ << "\x1b[" << drawn_ << "A\r\x1b[J";
    talk_.flush();
    drawn_ = 0;
  }

  void redraw(Pace pace) {
    constexpr Nanos kShortestPause = std::chrono::milliseconds(100);
    constexpr std::size_t kLinesMost = 12;
    if (!options_.terminal) return;
    if (options_.clock != nullptr) {
      const Nanos now = options_.clock->now();
      if (pace == Pace::limited && drawn_ > 0 && drawn_at_ && now - *drawn_at_ < kShortestPause) return;
      drawn_at_ = now;
    }
    erase();
    const auto width = static_cast<std::size_t>(std::max(options_.width, 10)) - 1;
    for (const auto& [run, flight] : in_flight_) {
      if (drawn_ == kLinesMost) break;
      talk_ << fit(live_line(flight.title, flight.seed, flight.live), width) << '\n';
      ++drawn_;
    }
    if (total_ > 1 && drawn_ > 0) {
      talk_ << paint_(Ink::faint, fit(fmt::format("{} of {} runs done", finished_, total_), width)) << '\n';
      ++drawn_;
    }
    talk_.flush();
  }

  std::ostream& talk_;
  std::ostream& results_;
  const ConsoleOptions options_;
  const Painter paint_;
  std::map<std::size_t, InFlight> in_flight_;
  std::size_t total_ = 0;
  std::size_t finished_ = 0;
  std::size_t drawn_ = 0;  ///< live lines now on the terminal
  std::optional<Nanos> drawn_at_;
};

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

ConsoleOptions detect_console(int talk_fd, int results_fd) {
  ConsoleOptions options;
  const bool dumb = environment("TERM") == "dumb";
  options.terminal = isatty(talk_fd) == 1 && !dumb;
  options.colour = isatty(results_fd) == 1 && !dumb && environment("NO_COLOR").empty();
  winsize size{};
  if (options.terminal && ioctl(talk_fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) options.width = size.ws_col;
  if (!options.terminal) options.width = 120;
  return options;
}

std::unique_ptr<ProgressListener> make_console(std::ostream& talk, std::ostream& results,
                                               const ConsoleOptions& options) {
  return std::make_unique<Console>(talk, results, options);
}

}  // namespace stormproof
