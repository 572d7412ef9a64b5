/// progress: while work is pending, effects keep coming.
///   stalled   a stretch longer than `within` without an effect, with work pending all the time (pending_work.h) and,
///   unless
///             `under_fault`, with no fault in force. One anomaly a stretch.
/// A stretch begins with the last effect, with the message that made work pending, with the phase `drive`, or, unless
/// `under_fault`, with the heal of the last fault in force. It is judged until the targets are asked to stop at the
/// end.
#include <fmt/core.h>

#include <optional>

#include "harness/base/units.h"
#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class Progress final : public Invariant {
 public:
  Progress(Nanos within, bool under_fault) : within_(within), under_fault_(under_fault) {}

  Sight sight(const HistoryTraits& traits) const override { return traits.has_seq ? Sight::every_event : Sight::flow; }
  void on_event(const EventView& event, const CheckContext& context) override {
    // The context shows the state that has held since the event before this one.
    const bool judged = context.driving() && context.pending() && (under_fault_ || context.faults().in_force() == 0);
    if (judged && !since_) since_ = previous_;
    if (!judged) {
      end_stretch(context, previous_);
    } else if (event.type == EventType::effect) {
      end_stretch(context, event.t);
    }
    previous_ = event.t;
  }

  void on_flow(std::span<const FlowEvent> events, const CheckContext& context) override {
    const bool watched = context.driving() && (under_fault_ || context.faults().in_force() == 0);
    for (const FlowEvent& event : events) {
      if (!watched || !event.pending) {
        if (since_) end_stretch(context, previous_);
      } else {
        if (!since_) since_ = previous_;
        if (event.type == EventType::effect) end_stretch(context, event.t);
      }
      previous_ = event.t;
    }
  }

  InvariantResult finish(const CheckContext& context) override {
    const bool judged = context.driving() && context.pending() && (under_fault_ || context.faults().in_force() == 0);
    end_stretch(context, judged ? context.now() : previous_);
    if (findings_.total() > 0 && !context.history_gap().empty()) {
      return Findings().result("progress", "no effect for too long, but the history itself is incomplete");
    }
    return findings_.result("progress");
  }

 private:
  void end_stretch(const CheckContext& context, Nanos t) {
    if (!since_) return;
    const Nanos from = *since_;
    since_.reset();
    if (t - from <= within_) return;
    findings_.add("stalled", [&] {
      Anomaly anomaly;
      anomaly.kind = "stalled";
      anomaly.t = from + within_;
      anomaly.fault = context.faults().in_force_at(anomaly.t);
      anomaly.detail = fmt::format("no effect from {} to {} ({}) while work was pending; {} allowed", at_text(from),
                                   at_text(t), human_duration(t - from), print_duration(within_));
      return anomaly;
    });
  }

  Nanos within_;
  bool under_fault_;
  Nanos previous_{};
  std::optional<Nanos> since_;
  Findings findings_;
};

constexpr ParamSpec kParams[] = {
    {.name = "within",
     .type = ParamType::duration,
     .help = "longest time without an effect while work is pending",
     .fallback = "5s"},
    {.name = "under_fault", .type = ParamType::boolean, .help = "also while a fault is in force", .fallback = "false"}};

constexpr std::string_view kDefinition =
    "stalled: a stretch longer than `within` without an effect, with acknowledged work pending all the "
    "time and, unless `under_fault`, no fault in force.";

}  // namespace

const InvariantKind progress_kind{
    {{.name = "progress", .summary = "effects keep coming while work is pending (stalled)", .params = kParams},
     "within",
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      return std::make_unique<Progress>(params.duration("within"), params.boolean("under_fault"));
    }};

}  // namespace stormproof
