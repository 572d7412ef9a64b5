/// A child process of the user's does the pushing and tells what it did, one JSON object a line on stdout:
/// {"type":"invoke","id":"o-1","key":"c-3","seq":1,"digest":"…"} before it sends, then "ok", "fail" or "info" with the
/// same id. It is ours: stopped at the end of the drive phase, and dead when the harness dies.
#include <fmt/core.h>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/base/child.h"
#include "harness/base/text.h"
#include "harness/model/message_json.h"
#include "harness/sources/catalog.h"

namespace stormproof::sources {

namespace {

/// Turns the child's lines into operations. Used by the child's reader thread, then, once that has ended, by stop().
class OperationBook {
 public:
  explicit OperationBook(Recorder& recorder) : recorder_(recorder) {}

  void take(std::string_view line) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) return;
    Result<Event> event = parse_message(line, MessageType::required);
    if (!event) return wrong(event.error().message);
    if (event->type == EventType::effect) return wrong("a source does not report effects");
    if (event->type == EventType::invoke) return begin(*std::move(event));
    end(*std::move(event));
  }

  /// What has no outcome when the child is gone will never have one.
  void close_open(std::string_view why) {
    for (const auto& [id, event] : open_) {
      EventView view = event.view();
      view.type = EventType::info;
      view.detail = why;
      recorder_.record(view);
    }
    open_.clear();
  }

  /// "3 lines were not operations, the first: …", or nothing.
  std::string trouble() const {
    if (wrong_ == 0) return {};
    return fmt::format("{} of its lines {} not operations, the first: {}", wrong_, wrong_ == 1 ? "was" : "were",
                       first_trouble_);
  }

 private:
  void begin(Event event) {
    event.by = "source";
    recorder_.record(event.view());
    std::string id = event.id;
    if (!open_.emplace(id, std::move(event)).second)
      wrong(fmt::format("'{}' was invoked again while open", printable(id)));
  }

  void end(Event event) {
    const auto begun = open_.find(event.id);
    if (begun == open_.end()) {
      return wrong(fmt::format("'{}' of '{}', which is not open", to_string(event.type), printable(event.id)));
    }
    EventView view = begun->second.view();
    view.type = event.type;
    recorder_.record(view);
    open_.erase(begun);
  }

  void wrong(std::string why) {
    if (wrong_++ == 0) first_trouble_ = std::move(why);
  }

  Recorder& recorder_;
  std::unordered_map<std::string, Event> open_;
  std::uint64_t wrong_ = 0;
  std::string first_trouble_;
};

class Exec final : public Source {
 public:
  Exec(const SourceSpec& spec, const SourceContext& context)
      : params_(spec.params), context_(context), book_(context.recorder) {}
  ~Exec() override { stop(); }
  Exec(const Exec&) = delete;
  Exec& operator=(const Exec&) = delete;

  Status prepare(std::map<std::string, std::string>& values) override {
    (void)values;
    if (!params_.list("command").empty()) return {};
    return usage_error("the source's `command` is empty",
                       "write it as a list: command = [\"python3\", \"{env.PWD}/load.py\", \"{links.api}\"]");
  }

  Status start(const Params& params) override {
    ChildOptions options;
    options.argv = params.list("command");
    for (const auto& [name, value] : params.has("env") ? params.map("env") : TextMap{}) {
      options.env.emplace_back(name, value);
    }
    options.env.emplace_back("STORMPROOF_RUN", context_.run_id);
    options.env.emplace_back("STORMPROOF_SEED", std::to_string(context_.rng.seed()));
    options.directory = context_.directory.string();
    command_ = join(options.argv, " ");
    runner_ = std::make_unique<ChildRunner>(std::move(options), [this](std::string_view line) { book_.take(line); });
    return runner_->start();
  }

  bool finished() const override {
    if (!runner_ || !runner_->finished()) return false;
    settle();
    return true;
  }

  void stop() override {
    if (!runner_) return;
    const bool by_itself = runner_->finished();
    runner_->stop();
    if (!by_itself) stopped_ = true;
    settle();
  }

 private:
  /// Once, when the child is gone: outcomes for what is open, and what makes the run impossible to judge.
  void settle() const {
    const std::lock_guard lock(settling_);
    if (settled_) return;
    settled_ = true;
    book_.close_open(stopped_ ? "stopped by the harness" : "the source ended without telling");
    if (!book_.trouble().empty()) unknown(fmt::format("source exec: {}", book_.trouble()));
    const ChildExit exit = runner_->exit();
    if (!stopped_ && !exit.success()) {
      unknown(fmt::format("source exec: '{}' {}{}", command_, exit.text(), last_words()));
    }
  }

  std::string last_words() const {
    std::string last;
    for (const std::string& line : split(runner_->stderr_tail(), '\n')) {
      if (!line.empty()) last = line;
    }
    return last.empty() ? "" : ": " + printable(last);
  }

  void unknown(const std::string& why) const {
    EventView note;
    note.type = EventType::note;
    note.id = "unknown";
    note.by = "harness";
    note.detail = why;
    context_.recorder.record(note);
  }

  Params params_;
  SourceContext context_;
  std::string command_;
  mutable std::mutex settling_;
  mutable bool settled_ = false;
  bool stopped_ = false;
  mutable OperationBook book_;
  std::unique_ptr<ChildRunner> runner_;  ///< last: its thread uses the members above
};

constexpr std::array<ParamSpec, 2> kParams = {{
    {.name = "command",
     .type = ParamType::text_list,
     .help = "the program and its arguments; prints "
             "{\"type\":\"invoke|ok|fail|info\",\"id\",\"key\",\"seq\",\"digest\"} a line",
     .required = true},
    {.name = "env",
     .type = ParamType::text_map,
     .help = "further environment variables; STORMPROOF_SEED is set always"},
}};

}  // namespace

constinit const SourceKind exec_kind{
    {{"exec", "a program of yours that sends, and prints what it did as JSON lines", kParams}, {}, true},
    [](const SourceSpec& spec, const SourceContext& context) -> std::unique_ptr<Source> {
      return std::make_unique<Exec>(spec, context);
    }};

}  // namespace stormproof::sources
