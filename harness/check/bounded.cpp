/// bounded: resources and work under way stay within bounds.
///   overrun, of a process    a gauge (gauges.h) shows more than `memory`, `threads` or `files` allow. One anomaly for
///                            each stretch of samples over the bound, at its first.
///   overrun, of the work     more than `in_flight` messages are under way: sent, neither failed nor of unknown
///   outcome,
///                            and without effect. One anomaly for each time the bound is passed.
/// Only the bounds that are given are judged; `target` limits the gauges to one target or replica. Unknown when no
/// bound is given, or the history has no gauge of a bound that is. What happens between two samples is not seen.
#include <fmt/core.h>

#include <map>
#include <optional>
#include <set>
#include <string>

#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/gauges.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class Bounded final : public Invariant {
 public:
  Bounded(std::map<std::string, std::int64_t, std::less<>> bounds, std::optional<std::int64_t> in_flight,
          std::string target)
      : bounds_(std::move(bounds)), in_flight_most_(in_flight), target_(std::move(target)) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    if (is_gauge(event) && selects(target_, event.by)) sample(event, context);
    if (in_flight_most_ && context.current() != nullptr) follow(event, context);
  }

  InvariantResult finish(const CheckContext&) override {
    std::string unknown = bounds_.empty() && !in_flight_most_ ? "no bound was given" : "";
    for (const auto& [gauge, most] : bounds_) {
      if (sampled_.count(gauge) == 0) unknown = "the history has no samples of " + gauge;
    }
    return findings_.result("bounded", unknown);
  }

 private:
  void sample(const EventView& event, const CheckContext& context) {
    const auto bound = bounds_.find(event.key);
    if (bound == bounds_.end()) return;
    sampled_.emplace(event.key);
    auto& over = over_[{std::string(event.by), std::string(event.key)}];
    const bool was_over = over;
    over = event.seq > bound->second;
    if (!over || was_over) return;
    findings_.add("overrun", [&] {
      Anomaly anomaly;
      anomaly.kind = "overrun";
      anomaly.t = event.t;
      anomaly.process = event.by;
      anomaly.fault = context.faults().in_force_at(event.t);
      anomaly.detail = fmt::format("{} at {}; {} allowed", gauge_text(event.key, event.seq), at_text(event.t),
                                   gauge_text(event.key, bound->second));
      return anomaly;
    });
  }

  static bool under_way(std::uint32_t open, Outcome outcome) { return open > 0 || outcome == Outcome::ok; }

  void follow(const EventView& event, const CheckContext& context) {
    const Message& message = *context.current();
    if (message.effects > 0) return;
    const bool before = message.attempted() && under_way(message.open, message.outcome);
    bool after = before;
    if (event.type == EventType::invoke) {
      after = true;
    } else if (event.type == EventType::effect) {
      after = false;
    } else {
      const std::uint32_t open = message.open > 0 ? message.open - 1 : 0;
      after = under_way(open, event.type == EventType::ok ? Outcome::ok : message.outcome);
    }
    if (before && !after) --in_flight_;
    if (after && !before && ++in_flight_ == *in_flight_most_ + 1) overrun(event, context);
  }

  void overrun(const EventView& event, const CheckContext& context) {
    findings_.add("overrun", [&] {
      Anomaly anomaly = context.about(*context.current(), "overrun", event.t, Interner::kNone);
      if (anomaly.key.empty()) anomaly.key = event.key;
      if (anomaly.seq == EventView::kNoSeq) anomaly.seq = event.seq;
      anomaly.detail = fmt::format("with it {} messages were under way at {}; {} allowed", in_flight_, at_text(event.t),
                                   *in_flight_most_);
      return anomaly;
    });
  }

  std::map<std::string, std::int64_t, std::less<>> bounds_;  // by gauge
  std::optional<std::int64_t> in_flight_most_;
  std::string target_;
  std::set<std::string, std::less<>> sampled_;
  std::map<std::pair<std::string, std::string>, bool> over_;  // by process and gauge
  std::int64_t in_flight_ = 0;
  Findings findings_;
};

constexpr double kMost = 1e15;
constexpr ParamSpec kParams[] = {
    {.name = "memory", .type = ParamType::size, .help = "most resident memory of a process"},
    {.name = "threads", .type = ParamType::integer, .help = "most threads of a process", .low = 0, .high = kMost},
    {.name = "files",
     .type = ParamType::integer,
     .help = "most open descriptors of a process",
     .low = 0,
     .high = kMost},
    {.name = "in_flight",
     .type = ParamType::integer,
     .help = "most messages sent and neither failed nor in effect",
     .low = 0,
     .high = kMost},
    {.name = "target", .type = ParamType::text, .help = "only this target or replica; default: all"}};

constexpr std::string_view kDefinition =
    "overrun: a sample of a process (a note with id \"gauge\", key memory, threads or files, seq the value) is over "
    "its "
    "bound, once a stretch; or more than in_flight messages are under way at once. Unknown when no bound is given or a "
    "bounded gauge was never sampled.";

std::unique_ptr<Invariant> make_bounded(const Params& params) {
  std::map<std::string, std::int64_t, std::less<>> bounds;
  if (params.has("memory")) bounds["memory"] = static_cast<std::int64_t>(params.size("memory"));
  if (params.has("threads")) bounds["threads"] = params.integer("threads");
  if (params.has("files")) bounds["files"] = params.integer("files");
  std::optional<std::int64_t> in_flight;
  if (params.has("in_flight")) in_flight = params.integer("in_flight");
  return std::make_unique<Bounded>(std::move(bounds), in_flight, params.has("target") ? params.text("target") : "");
}

}  // namespace

const InvariantKind bounded_kind{
    {{.name = "bounded",
      .summary = "memory, threads, descriptors and work under way stay in bounds (overrun)",
      .params = kParams},
     {},
     kDefinition},
    make_bounded};

}  // namespace stormproof
