/// no_gaps: what took effect of a key is a prefix of what was acknowledged.
///   gap   an acknowledged message that never took effect although one with a higher sequence in its key did. One
///         anomaly a message. What is missing at the end of a key is no gap, but lost.
/// Failed messages (a record the source knows to be bad) leave no gap. Unknown under the same conditions as no_loss,
/// and when no message carries a sequence. Decided at the end.
#include <fmt/core.h>

#include <algorithm>

#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/missing.h"

namespace stormproof {

namespace {

class NoGaps final : public Invariant {
 public:
  Sight sight(const HistoryTraits& traits) const override {
    return traits.has_seq ? Sight::every_event : Sight::suspects;
  }
  void on_event(const EventView&, const CheckContext&) override {}

  InvariantResult finish(const CheckContext& context) override {
    if (!context.has_seq()) return Findings().result("no_gaps", "no message carries a sequence");
    const auto& all = context.messages().all();
    const std::vector<std::int64_t> highest = highest_in_effect(context);
    const std::string unprovable = context.absence_proves_nothing();
    std::vector<std::uint32_t> gaps;
    std::uint64_t total = 0;
    std::uint64_t never_looked_for = 0;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      const Message& message = all[i];
      if (!message.acked() || message.effects > 0 || message.seq == EventView::kNoSeq) continue;
      if (message.seq > highest[place(message.key)]) continue;
      if (!unprovable.empty() || !context.was_looked_for(message)) {
        ++never_looked_for;
        continue;
      }
      ++total;
      if (gaps.size() < InvariantResult::kAnomaliesKept) gaps.push_back(i);
    }
    const std::vector<Neighbours> beside = find_neighbours(context, gaps);
    Findings findings;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      findings.add("gap", [&] { return describe(context, all[gaps[i]], beside[i]); });
    }
    findings.count(total - gaps.size());
    std::string unknown;
    if (never_looked_for > 0) {
      unknown = missing_but(never_looked_for,
                            unprovable.empty() ? "nobody looked for it after it was acknowledged" : unprovable);
    }
    return findings.result("no_gaps", unknown);
  }

 private:
  static std::size_t place(std::uint32_t key) { return key == Interner::kNone ? 0 : std::size_t{key} + 1; }

  static std::vector<std::int64_t> highest_in_effect(const CheckContext& context) {
    std::vector<std::int64_t> highest(context.messages().keys().size() + 1, INT64_MIN);
    for (const Message& message : context.messages().all()) {
      if (message.effects == 0 || !message.attempted() || message.final_outcome() == Outcome::fail) continue;
      std::int64_t& top = highest[place(message.key)];
      top = std::max(top, message.seq);
    }
    return highest;
  }

  static Anomaly describe(const CheckContext& context, const Message& message, const Neighbours& beside) {
    const Neighbours::Side& after = beside.after;
    Anomaly anomaly = context.about(message, "gap", after.t, after.by);
    anomaly.detail = fmt::format("seq {} never took effect, seq {} of the same key did at {}", message.seq, after.seq,
                                 at_text(after.t));
    anomaly.fault = beside.fault(context, message);
    return anomaly;
  }
};

constexpr std::string_view kDefinition =
    "gap: an acknowledged message that never took effect although one with a higher seq of its key did. "
    "Unknown as no_loss.";

}  // namespace

const InvariantKind no_gaps_kind{
    {{.name = "no_gaps", .summary = "no acknowledged message of a key is passed over (gap)"}, {}, kDefinition},
    [](const Params&) -> std::unique_ptr<Invariant> { return std::make_unique<NoGaps>(); }};

}  // namespace stormproof
