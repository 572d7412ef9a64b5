/// Effects are JSON lines that a command of the user's prints: {"id","key","seq","digest","by"}. For stores that the
/// harness cannot read itself: the command may be psql, redis-cli or a script.
#include <fmt/core.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/base/child.h"
#include "harness/base/text.h"
#include "harness/model/message_json.h"
#include "harness/witnesses/catalog.h"
#include "harness/witnesses/seen_effects.h"

namespace stormproof::witnesses {

namespace {

class Exec final : public Witness {
 public:
  explicit Exec(const WitnessContext& context) : context_(context) {}

  Result<std::string> open() override { return std::string(); }

  Status configure(const Params& params) override {
    command_ = params.list("command");
    every_ = params.duration("every");
    within_ = params.duration("within");
    const std::string& mode = params.text("mode");
    mode_ = mode == "tail" ? Mode::tail : mode == "final" ? Mode::final_only : Mode::poll;
    if (command_.empty()) {
      return usage_error(fmt::format("witness {}: `command` is empty", context_.name),
                         "write it as a list: command = [\"psql\", \"-c\", \"…\"]");
    }
    if (mode_ != Mode::tail) return {};
    runner_ = make_runner([this](const Event& effect) { record(effect); });
    return runner_->start();
  }

  Status poll() override {
    if (mode_ != Mode::poll) return {};
    if (runner_ && !runner_->finished()) return {};
    if (runner_) {
      take_result();
      runner_.reset();
      next_run_ = context_.clock.now() + every_;
    }
    if (context_.clock.now() < next_run_) return {};
    return run_once();
  }

  Status drain() override {
    const Status complete = mode_ == Mode::tail ? end_tail() : read_all();
    if (malformed_ > 0) {
      note(context_.name, "",
           fmt::format("{} lines were not effects, the first: {}", malformed_.load(), first_trouble_));
    }
    return complete;
  }

 private:
  enum class Mode { poll, tail, final_only };

  std::unique_ptr<ChildRunner> make_runner(std::function<void(const Event&)> on_effect) {
    ChildOptions options;
    options.argv = command_;
    options.env = {{"STORMPROOF_RUN", context_.run_id}};
    options.directory = context_.directory.string();
    return std::make_unique<ChildRunner>(std::move(options),
                                         [this, handle = std::move(on_effect)](std::string_view line) {
                                           last_line_ = context_.clock.now().count();
                                           if (line.find_first_not_of(" \t") == std::string_view::npos) return;
                                           const Result<Event> event = parse_message(line, MessageType::effect_only);
                                           if (event) {
                                             handle(*event);
                                           } else {
                                             reject(event.error().message);
                                           }
                                         });
  }

  Status run_once() {
    rows_.clear();
    runner_ = make_runner([this](const Event& effect) { rows_.push_back(effect); });
    Status started = runner_->start();
    if (!started) runner_.reset();
    return started;
  }

  /// The rows of a finished run; half a listing is no listing.
  void take_result() {
    if (!runner_->exit().success()) return;
    seen_.begin_pass();
    for (const Event& row : rows_) {
      if (seen_.take(row.view())) record(row);
    }
  }

  Status read_all() {
    if (runner_) runner_->stop();
    {
      const std::lock_guard lock(mutex_);
      malformed_ = 0;  // each complete listing shows the same lines again
    }
    if (Status s = run_once(); !s) return s;
    if (!runner_->wait_for(within_)) {
      runner_->stop();
      return usage_error(fmt::format("'{}' did not end within {:.1f} s", join(command_, " "),
                                     std::chrono::duration<double>(within_).count()),
                         "raise `within`, or make the command faster");
    }
    if (!runner_->exit().success()) return failed();
    take_result();
    if (seen_.missing_after_pass() > 0) {
      note("harness", "unknown",
           fmt::format("witness {}: {} effects that were listed before are gone from the final listing", context_.name,
                       seen_.missing_after_pass()));
    }
    return {};
  }

  /// A tail has no end of its own: once it has been quiet for a while it is asked to stop.
  Status end_tail() {
    constexpr Nanos kQuiet = std::chrono::milliseconds(300);
    constexpr Nanos kGrace = std::chrono::seconds(2);
    const Nanos begin = context_.clock.now();
    last_line_ = begin.count();
    bool ended = runner_->finished();
    if (ended && !runner_->exit().success()) return failed();
    while (!ended) {
      const Nanos now = context_.clock.now();
      const Nanos quiet = now - Nanos(last_line_.load());
      if (quiet >= kQuiet || now - begin >= within_) break;
      ended = runner_->wait_for(kQuiet - quiet);
    }
    if (!ended) runner_->terminate();
    const bool in_time = ended || runner_->wait_for(kGrace);
    runner_->stop();
    if (in_time) return {};
    return usage_error(fmt::format("'{}' did not stop on SIGTERM", join(command_, " ")),
                       "let the command end on SIGTERM, so that its last lines are not cut off");
  }

  Status failed() const {
    const std::vector<std::string> lines = split(runner_->stderr_tail(), '\n');
    std::string last;
    for (const std::string& line : lines) {
      if (!line.empty()) last = line;
    }
    return usage_error(fmt::format("'{}' {}{}", join(command_, " "), runner_->exit().text(),
                                   last.empty() ? "" : ": " + printable(last)),
                       "run the command by hand: it must print the effects and exit with code 0");
  }

  void record(const Event& effect) {
    EventView view = effect.view();
    if (view.by.empty()) view.by = context_.name;
    context_.recorder.record(view);
  }

  void reject(const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (malformed_++ == 0) first_trouble_ = why;
  }

  void note(const std::string& by, const std::string& id, const std::string& detail) {
    EventView event;
    event.type = EventType::note;
    event.by = by;
    event.id = id;
    event.detail = detail;
    context_.recorder.record(event);
  }

  WitnessContext context_;
  std::vector<std::string> command_;
  Nanos every_{};
  Nanos within_{};
  Mode mode_ = Mode::poll;
  Nanos next_run_{};
  std::vector<Event> rows_;  ///< written by the runner's thread until it is finished
  SeenEffects seen_;
  std::atomic<std::int64_t> last_line_{0};
  std::mutex mutex_;
  std::atomic<std::uint64_t> malformed_{0};
  std::string first_trouble_;
  std::unique_ptr<ChildRunner> runner_;  ///< last: its thread uses the members above
};

constexpr std::array<std::string_view, 3> kModes = {"poll", "tail", "final"};

constexpr std::array<ParamSpec, 4> kParams = {{
    {.name = "command",
     .type = ParamType::text_list,
     .help =
         "the program and its arguments; prints one JSON object an effect: {\"id\",\"key\",\"seq\",\"digest\",\"by\"}",
     .required = true},
    {.name = "mode",
     .type = ParamType::choice,
     .help = "poll: run again and again, lists all effects each time; tail: runs throughout, prints each effect once; "
             "final: "
             "run once at the end",
     .fallback = "poll",
     .choices = kModes},
    {.name = "every", .type = ParamType::duration, .help = "poll: the pause between two runs", .fallback = "100ms"},
    {.name = "within", .type = ParamType::duration, .help = "how long the last reading may take", .fallback = "10s"},
}};

}  // namespace

constinit const WitnessKind exec_kind{
    {{"exec", "JSON lines printed by a command of yours", kParams}, false},
    [](const WitnessSpec& spec, const WitnessContext& context) -> std::unique_ptr<Witness> {
      (void)spec;
      return std::make_unique<Exec>(context);
    }};

}  // namespace stormproof::witnesses
