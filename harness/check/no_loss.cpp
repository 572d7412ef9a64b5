/// no_loss: every acknowledged message took effect at least once.
///   lost   final outcome `ok`, no effect in the whole history, and a complete look at the witnesses began after the
///          `ok` (a "drained" note at or after it; in a history without such notes: `settle` passed after the `ok` and
///          after the last heal).
/// unknown, not lost, is a message that was acknowledged but not looked for afterwards, and every missing message when
/// the history is incomplete, the run was cut short, a witness could not be read, or no effect was seen at all.
/// Decided at the end.
#include <fmt/core.h>

#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/missing.h"

namespace stormproof {

namespace {

class NoLoss final : public Invariant {
 public:
  Sight sight(const HistoryTraits&) const override { return Sight::suspects; }
  void on_event(const EventView&, const CheckContext&) override {}

  InvariantResult finish(const CheckContext& context) override {
    const std::string unprovable = context.absence_proves_nothing();
    const auto& all = context.messages().all();
    std::vector<std::uint32_t> lost;
    std::uint64_t lost_total = 0;
    std::uint64_t never_looked_for = 0;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (!all[i].acked() || all[i].effects > 0) continue;
      if (!unprovable.empty() || !context.was_looked_for(all[i])) {
        ++never_looked_for;
        continue;
      }
      ++lost_total;
      if (lost.size() < InvariantResult::kAnomaliesKept) lost.push_back(i);
    }
    if (const Census* const census = context.census(); census != nullptr && census->missing) {
      (unprovable.empty() ? lost_total : never_looked_for) = *census->missing;
    }
    const std::vector<Neighbours> beside = find_neighbours(context, lost);
    Findings findings;
    for (std::size_t i = 0; i < lost.size(); ++i) {
      findings.add("lost", [&] { return describe(context, all[lost[i]], beside[i]); });
    }
    findings.count(lost_total - lost.size());
    std::string unknown;
    if (never_looked_for > 0) {
      unknown = missing_but(never_looked_for,
                            unprovable.empty() ? "nobody looked for it after it was acknowledged" : unprovable);
    }
    return findings.result("no_loss", unknown);
  }

 private:
  static Anomaly describe(const CheckContext& context, const Message& message, const Neighbours& beside) {
    Anomaly anomaly = context.about(message, "lost", context.now(), Interner::kNone);
    anomaly.detail = fmt::format("acknowledged at {}, never took effect", at_text(message.completed));
    if (beside.before.known) {
      anomaly.process = context.process_name(beside.before.by);
      anomaly.detail +=
          fmt::format("; seq {} before it took effect at {}", beside.before.seq, at_text(beside.before.t));
      if (!anomaly.process.empty()) anomaly.detail += " by " + anomaly.process;
    }
    anomaly.fault = beside.fault(context, message);
    return anomaly;
  }
};

constexpr std::string_view kDefinition =
    "lost: outcome ok, no effect in the whole history, and a complete look at the witnesses began after "
    "the ok. Unknown when nobody looked afterwards or the history is incomplete.";

}  // namespace

std::unique_ptr<Invariant> make_no_loss() { return std::make_unique<NoLoss>(); }

const InvariantKind no_loss_kind{
    {{.name = "no_loss", .summary = "every acknowledged message took effect (lost)"}, {}, kDefinition},
    [](const Params&) { return make_no_loss(); }};

}  // namespace stormproof
