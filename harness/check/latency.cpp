/// latency: messages take effect soon after they were sent.
///   slow   the `percentile` (nearest rank) of the times from a message's first `invoke` to its first effect is above
///          `within`: fewer than ceil(percentile / 100 * n) of the n messages that took effect were in time. One
///          anomaly a phase, about its slowest message.
/// There are two phases: "calm" are the messages from whose sending to whose effect no fault was in force at any
/// moment, "under fault" all others; those are judged only with `under_fault`. An effect recorded before its sending
/// took no time. Messages that never took effect are the business of no_loss. Exact, with four numbers a phase: no
/// sampling. Unknown when no message of the judged phases took effect after it was sent.
#include "harness/base/units.h"

#include <fmt/core.h>

#include <array>
#include <cmath>

#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class Latency final : public Invariant {
 public:
  Latency(Nanos within, double percentile, bool under_fault)
      : within_(within), percentile_(percentile), under_fault_(under_fault) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type != EventType::effect) return;
    const Message& message = *context.current();
    if (!message.attempted() || message.effects > 0) return;
    const auto healed = context.faults().last_heal();
    const bool struck = context.faults().in_force() > 0 || (healed && *healed >= message.invoked);
    Phase& phase = phases_[struck ? 1 : 0];
    const Nanos took = std::max(event.t - message.invoked, Nanos{});
    ++phase.messages;
    if (took > within_) ++phase.late;
    if (phase.messages > 1 && took <= phase.slowest) return;
    phase.slowest = took;
    phase.message = context.current_index();
    phase.t = event.t;
    phase.by = context.by();
  }

  InvariantResult finish(const CheckContext& context) override {
    Findings findings;
    std::uint64_t judged = 0;
    for (std::size_t i = 0; i < (under_fault_ ? phases_.size() : 1); ++i) {
      const Phase& phase = phases_[i];
      judged += phase.messages;
      const auto wanted =
          static_cast<std::uint64_t>(std::ceil(percentile_ / 100 * static_cast<double>(phase.messages)));
      if (phase.messages - phase.late >= wanted) continue;
      findings.add("slow", [&] { return describe(context, phase, i == 0 ? "calm" : "under fault"); });
    }
    if (findings.total() > 0 && !context.history_gap().empty()) {
      return Findings().result("latency", "messages were slow, but the history itself is incomplete");
    }
    return findings.result("latency", judged == 0 ? "no message took effect in the phases judged" : "");
  }

 private:
  struct Phase {
    std::uint64_t messages = 0;
    std::uint64_t late = 0;
    Nanos slowest{};
    std::uint32_t message = 0;
    Nanos t{};
    std::uint32_t by = Interner::kNone;
  };

  Anomaly describe(const CheckContext& context, const Phase& phase, const char* name) const {
    Anomaly anomaly = context.about(context.messages()[phase.message], "slow", phase.t, phase.by);
    anomaly.detail = fmt::format(
        "{} of {} messages ({}) took longer than {} from sending to effect, so percentile {:g} "
        "is above it; the slowest took {}",
        phase.late, phase.messages, name, print_duration(within_), percentile_, human_duration(phase.slowest));
    return anomaly;
  }

  Nanos within_;
  double percentile_;
  bool under_fault_;
  std::array<Phase, 2> phases_;
};

constexpr ParamSpec kParams[] = {
    {.name = "within", .type = ParamType::duration, .help = "bound of the percentile", .fallback = "1s"},
    {.name = "percentile",
     .type = ParamType::number,
     .help = "which one; 100: every message",
     .fallback = "99",
     .low = 1,
     .high = 100},
    {.name = "under_fault",
     .type = ParamType::boolean,
     .help = "also judge the messages that met a fault on their way",
     .fallback = "false"}};

constexpr std::string_view kDefinition =
    "slow: the percentile (nearest rank) of the times from first invoke to first effect is above `within`, judged "
    "apart "
    "for the messages that met no fault between the two and, with `under_fault`, for those that did. Exact. Unknown "
    "when "
    "none took effect.";

}  // namespace

namespace invariants {
const InvariantKind latency_kind{
    {{.name = "latency", .summary = "messages take effect soon after they were sent (slow)", .params = kParams},
     "within",
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      return std::make_unique<Latency>(params.duration("within"), params.number("percentile"),
                                       params.boolean("under_fault"));
    }};
}  // namespace invariants

}  // namespace stormproof
