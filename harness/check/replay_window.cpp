/// replay_window: duplicates only of what was in flight at a fault: the promise of at-least-once delivery with
/// checkpoints no further apart than `within`.
///   stray_duplicate   an effect of a message beyond its first (at one witness) that no fault explains. A fault
///   explains
///                     it when it was in force at some moment from the message's first effect until `within` after it,
///                     and had struck by the time of the duplicate.
/// Ids that were never sent are not judged. With several witnesses the sightings of each count alone. Unknown never:
/// what is there convicts.
#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "harness/base/units.h"
#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class ReplayWindow final : public Invariant {
 public:
  explicit ReplayWindow(Nanos within) : within_(within) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    follow_faults(event, context);
    if (event.type != EventType::effect || !context.repeats()) return;
    const Message& message = *context.current();
    if (explained(message.first_effect)) return;
    strays_.push_back({context.current_index(), event.t, context.by()});
  }

  InvariantResult finish(const CheckContext& context) override {
    Findings findings;
    for (const Stray& stray : strays_) {
      const Message& message = context.messages()[stray.message];
      if (!message.attempted()) continue;
      findings.add("stray_duplicate", [&] {
        Anomaly anomaly = context.about(message, "stray_duplicate", stray.t, stray.by);
        anomaly.detail = fmt::format(
            "took effect again at {}, first at {}: no fault struck within {} of that, so it "
            "was not in flight",
            at_text(stray.t), at_text(message.first_effect), print_duration(within_));
        return anomaly;
      });
    }
    return findings.result("replay_window");
  }

 private:
  struct Interval {
    Nanos from{};
    Nanos to = Nanos::max();
  };
  struct Stray {
    std::uint32_t message = 0;
    Nanos t{};
    std::uint32_t by = Interner::kNone;
  };

  /// The context shows the state that the event before this one left.
  void follow_faults(const EventView& event, const CheckContext& context) {
    const bool struck = context.faults().in_force() > 0;
    if (struck && !in_force_) struck_.push_back({previous_, Nanos::max()});
    if (!struck && in_force_) struck_.back().to = previous_;
    in_force_ = struck;
    previous_ = event.t;
  }

  /// `struck_` is the union of all faults so far: disjoint, ascending.
  bool explained(Nanos first_effect) const {
    const auto after = std::lower_bound(struck_.begin(), struck_.end(), first_effect,
                                        [](const Interval& interval, Nanos t) { return interval.to < t; });
    return after != struck_.end() && after->from - within_ <= first_effect;
  }

  Nanos within_;
  std::vector<Interval> struck_;
  bool in_force_ = false;
  Nanos previous_{};
  std::vector<Stray> strays_;
};

constexpr ParamSpec kParams[] = {{.name = "within",
                                  .type = ParamType::duration,
                                  .help = "how long after its effect a message may still be in flight",
                                  .fallback = "1s"}};

constexpr std::string_view kDefinition =
    "stray_duplicate: a second effect of a sent message that no fault explains; a fault does when it was in force at "
    "some "
    "moment from the first effect until `within` after it and had struck by the time of the second.";

}  // namespace

const InvariantKind replay_window_kind{
    {{.name = "replay_window",
      .summary = "duplicates only of messages in flight at a fault (stray_duplicate)",
      .params = kParams},
     "within",
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      return std::make_unique<ReplayWindow>(params.duration("within"));
    }};

}  // namespace stormproof
