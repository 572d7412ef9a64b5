#include "reports/console.h"

#include <gtest/gtest.h>
// gtest first: rapidcheck's header needs it
#include <rapidcheck/gtest.h>

#include <fcntl.h>
#include <cstdlib>
#include <sstream>

#include "harness/base/fd.h"
#include "harness/base/text.h"
#include "reports/console_text.h"
#include "tests/reports/sample_campaign.h"
#include "tests/support/fake_clock.h"
#include "tests/support/golden.h"

namespace stormproof {
namespace {

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(STORMPROOF_SOURCE_DIR) / "tests/golden/reports" / name / "expected.txt";
}

/// One campaign told to a listener: runs 0 and 1 overlap, the others come one after another.
void tell(ProgressListener& console, const CampaignSummary& campaign) {
  const auto begin = [&](std::size_t i) {
    console.on_begin(i, campaign.runs[i].scenario, campaign.runs[i].cell, campaign.runs[i].seed);
  };
  const auto live = [&](std::size_t i) {
    console.on_live({i, "setup", 0, 0, 0, {}, std::chrono::milliseconds(10)});
    console.on_live({i, "drive", 1200, 523, 1234.5, {"kill"}, std::chrono::milliseconds(412), 12, 1});
  };
  console.on_plan(campaign.runs.size());
  begin(0);
  live(0);
  if (campaign.runs.size() > 1) begin(1);
  console.on_end(0, campaign.runs[0]);
  for (std::size_t i = 1; i < campaign.runs.size(); ++i) {
    if (i > 1) begin(i);
    live(i);
    console.on_end(i, campaign.runs[i]);
  }
  console.on_campaign_end(campaign);
}

/// Both streams, each write marked with where it went.
std::string told(const ConsoleOptions& options, const CampaignSummary& campaign) {
  std::ostringstream talk, results;
  { tell(*make_console(talk, results, options), campaign); }
  return "=== stderr\n" + talk.str() + "=== stdout\n" + results.str();
}

TEST(GoldenConsole, Plain) { expect_golden(golden("console_plain"), told({}, sample_campaign())); }
TEST(GoldenConsole, Verbose) {
  ConsoleOptions options;
  options.verbose = true;
  expect_golden(golden("console_verbose"), told(options, sample_campaign()));
}
TEST(GoldenConsole, Terminal) {
  ConsoleOptions options;
  options.terminal = true;
  options.colour = true;
  std::string text = told(options, sample_campaign());
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b'))
    text.replace(at, 1, "<ESC>");
  expect_golden(golden("console_terminal"), text);
}
TEST(GoldenConsole, Json) {
  ConsoleOptions options;
  options.json = true;
  expect_golden(golden("console_json"), told(options, sample_campaign()));
}
TEST(GoldenConsole, SingleRun) {
  CampaignSummary campaign = sample_campaign();
  campaign.runs = {campaign.runs[1]};
  campaign.runs[0].expected.reset();
  expect_golden(golden("console_single"), told({}, campaign));
}

RC_GTEST_PROP(Console, WritesNoEscapeCodesWhereNoneAreAllowed, (const std::string& text, bool verbose, bool json)) {
  CampaignSummary campaign = sample_campaign();
  for (RunSummary& run : campaign.runs) {
    run.scenario = run.trouble = run.hint = run.reproduce = text;
    run.cell = {{text, text}};
    run.unknown_because = {text};
    for (InvariantResult& invariant : run.invariants) {
      invariant.name = text;
      for (Anomaly& anomaly : invariant.anomalies) anomaly.id = anomaly.kind = anomaly.detail = text;
    }
  }
  campaign.directory = text;
  ConsoleOptions options;
  options.verbose = verbose;
  options.json = json;
  const std::string out = told(options, campaign);
  RC_ASSERT(out.find('\x1b') == std::string::npos);
  RC_ASSERT(out.find('\r') == std::string::npos);
}

/// Enough of a terminal for what the console sends it.
class Screen {
 public:
  void write(std::string_view text) {
    while (!text.empty()) {
      if (text.starts_with("\x1b[")) {
        const std::size_t end = text.find_first_of("AJm");
        ASSERT_NE(end, std::string_view::npos);
        const int number = std::atoi(std::string(text.substr(2, end - 2)).c_str());
        if (text[end] == 'A') row_ -= static_cast<std::size_t>(number);
        if (text[end] == 'J') lines_.resize(row_ + 1), lines_[row_].clear();
        text.remove_prefix(end + 1);
      } else {
        if (text.front() == '\n') {
          if (++row_ == lines_.size()) lines_.emplace_back();
        } else if (text.front() != '\r') {
          lines_[row_] += text.front();
          widest_ = std::max(widest_, columns_of(lines_[row_]));
        }
        text.remove_prefix(1);
      }
    }
  }
  const std::vector<std::string>& lines() const { return lines_; }
  std::size_t widest() const { return widest_; }

 private:
  std::vector<std::string> lines_{""};
  std::size_t row_ = 0;
  std::size_t widest_ = 0;
};

RC_GTEST_PROP(LiveLines, KeepWithinTheTerminalAndLeaveNothing, (const std::string& name)) {
  const int width = *rc::gen::inRange(10, 120);
  ConsoleOptions options;
  options.terminal = true;
  options.width = width;
  std::ostringstream talk, results;
  {
    auto console = make_console(talk, results, options);
    console->on_plan(3);
    for (std::size_t run = 0; run < 3; ++run) console->on_begin(run, name, {}, 1);
    console->on_live({1, "drive", 5, 5, 5, {name}, Nanos(5)});
  }
  Screen screen;
  screen.write(talk.str());
  RC_ASSERT(screen.lines() == std::vector<std::string>{""});
  RC_ASSERT(screen.widest() < static_cast<std::size_t>(width));
}

TEST(LiveLines, AreRedrawnAtMostTenTimesASecond) {
  FakeClock clock;
  ConsoleOptions options;
  options.terminal = true;
  options.clock = &clock;
  std::ostringstream talk, results;
  auto console = make_console(talk, results, options);
  console->on_plan(1);
  console->on_begin(0, "a", {}, 1);
  console->on_live({0, "drive", 1, 1, 1, {}, Nanos(1)});
  const std::size_t before = talk.str().size();
  console->on_live({0, "drive", 2, 2, 1, {}, Nanos(2)});
  EXPECT_EQ(talk.str().size(), before);
  clock.advance(std::chrono::milliseconds(101));
  console->on_live({0, "drive", 3, 3, 1, {}, Nanos(3)});
  EXPECT_GT(talk.str().size(), before);
}

TEST(DetectConsole, FilesGetNoEscapeCodes) {
  const Fd file(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const ConsoleOptions options = detect_console(file.get(), file.get());
  EXPECT_FALSE(options.terminal);
  EXPECT_FALSE(options.colour);
}

TEST(DetectConsole, RespectsNoColorAndDumbTerminals) {
  const Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master || grantpt(master.get()) != 0 || unlockpt(master.get()) != 0) GTEST_SKIP() << "no pseudo-terminals here";
  const Fd terminal(::open(ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(terminal);
  const auto detect = [&](const char* term, const char* no_color) {
    setenv("TERM", term, 1);
    no_color == nullptr ? unsetenv("NO_COLOR") : setenv("NO_COLOR", no_color, 1);
    return detect_console(terminal.get(), terminal.get());
  };
  EXPECT_TRUE(detect("xterm", nullptr).terminal);
  EXPECT_TRUE(detect("xterm", nullptr).colour);
  EXPECT_TRUE(detect("xterm", "").colour);
  EXPECT_TRUE(detect("xterm", "1").terminal);
  EXPECT_FALSE(detect("xterm", "1").colour);
  EXPECT_FALSE(detect("dumb", nullptr).terminal);
  EXPECT_FALSE(detect("dumb", nullptr).colour);
}

RC_GTEST_PROP(Fit, NeverExceedsItsWidthAndKeepsUtf8, (const std::string& bytes)) {
  const std::string text = printable(bytes);
  const auto width = *rc::gen::inRange<std::size_t>(1, 40);
  const std::string cut = fit(text, width);
  RC_ASSERT(columns_of(cut) <= width);
  RC_ASSERT(valid_utf8(cut) == cut);
  RC_ASSERT(columns_of(pad(cut, width)) == width);
}

TEST(MatrixLines, ShrinkTheirColumnsOnANarrowTerminal) {
  const CampaignSummary campaign = sample_campaign();
  for (const Matrix& matrix : matrices(campaign)) {
    for (const std::string& line : matrix_lines(matrix, 36, Painter(false))) EXPECT_LE(columns_of(line), 36U) << line;
  }
}

}  // namespace
}  // namespace stormproof
