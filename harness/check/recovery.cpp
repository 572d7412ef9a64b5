/// recovery: after a fault has healed, effects come again within `within`.
///   stalled   the time from a heal to the next effect (or to the end) is longer than `within`.
/// A heal is judged when no other fault is in force after it and work is pending at that moment: an acknowledged
/// message that has not taken effect and was not overtaken in its key (pending_work.h). A fault that is injected before
/// the next effect ends the judgement; its own heal is judged in its place. So does the end of the run, when the
/// targets are asked to stop: a heal with less than `within` watched and work still pending is unknown.
/// A history without heals passes: that the faults struck at all is checked elsewhere.
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "harness/base/units.h"
#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class Recovery final : public Invariant {
 public:
  explicit Recovery(Nanos within) : within_(within) {}

  Sight sight(const HistoryTraits& traits) const override { return traits.has_seq ? Sight::every_event : Sight::flow; }
  void on_event(const EventView& event, const CheckContext& context) override {
    if (watch_ && !context.driving()) close(context, last_driven_, true);
    if (context.driving()) last_driven_ = event.t;
    if (event.type == EventType::effect) {
      if (watch_) close(context, event.t, false);
    } else if (event.type == EventType::inject) {
      if (watch_) close(context, event.t, false);
    } else if (event.type == EventType::heal) {
      if (context.driving() && context.pending() && context.faults().in_force() == 1) {
        if (!watch_) watch_ = Watch{event.t, std::string(event.by)};
      }
    }
  }

  void on_flow(std::span<const FlowEvent> events, const CheckContext& context) override {
    if (events.empty()) return;
    if (watch_ && !context.driving()) close(context, last_driven_, true);
    const auto effect = [](const FlowEvent& event) { return event.type == EventType::effect; };
    if (watch_) {
      const auto first = std::find_if(events.begin(), events.end(), effect);
      if (first != events.end()) close(context, first->t, false);
    }
    if (context.driving()) last_driven_ = events.back().t;
  }

  InvariantResult finish(const CheckContext& context) override {
    if (watch_) close(context, context.driving() ? context.now() : last_driven_, true);
    if (findings_.total() > 0 && !context.history_gap().empty()) {
      return Findings().result("recovery", "no effect in time after a heal, but the history itself is incomplete");
    }
    return findings_.result("recovery", unknown_);
  }

 private:
  struct Watch {
    Nanos healed{};
    std::string fault;
  };

  void close(const CheckContext& context, Nanos t, bool ended) {
    const Watch watch = *watch_;
    watch_.reset();
    const Nanos waited = t - watch.healed;
    if (waited > within_) {
      findings_.add("stalled", [&] { return describe(context, watch, t, ended); });
    } else if (ended && unknown_.empty()) {
      unknown_ = fmt::format("the run ended {} after {} was healed, with work pending and before the {} had passed",
                             human_duration(waited), watch.fault, print_duration(within_));
    }
  }

  Anomaly describe(const CheckContext& context, const Watch& watch, Nanos t, bool ended) const {
    Anomaly anomaly;
    anomaly.kind = "stalled";
    anomaly.t = watch.healed + within_;
    anomaly.fault = context.faults().in_force_at(anomaly.t);
    if (anomaly.fault.empty()) anomaly.fault = watch.fault;
    anomaly.detail =
        fmt::format("no effect {} {} after {} was healed at {}; {} allowed", ended ? "at all in the" : "for",
                    human_duration(t - watch.healed), watch.fault, at_text(watch.healed), print_duration(within_));
    return anomaly;
  }

  Nanos within_;
  std::optional<Watch> watch_;
  Nanos last_driven_{};
  Findings findings_;
  std::string unknown_;
};

constexpr ParamSpec kParams[] = {{.name = "within",
                                  .type = ParamType::duration,
                                  .help = "longest time from a heal to the next effect",
                                  .fallback = "5s"}};

constexpr std::string_view kDefinition =
    "stalled: from the heal of the last fault in force, with acknowledged work pending, longer than "
    "`within` to the next effect.";

}  // namespace

const InvariantKind recovery_kind{
    {{.name = "recovery", .summary = "effects come again soon after a fault has healed (stalled)", .params = kParams},
     "within",
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      return std::make_unique<Recovery>(params.duration("within"));
    }};

}  // namespace stormproof
