/// no_duplicates: no message took effect twice.
///   duplicate   each effect of an id beyond its first, whether before or after the id's `ok`, and also when its
///               outcome is `info` (zero or one effect is legal) or it was sent several times under the same id.
/// Where several witnesses are told apart (README.md), each is judged alone and the one that saw most copies counts.
/// Ids that were never sent are phantoms and not counted here.
#include <fmt/core.h>

#include <algorithm>

#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class NoDuplicates final : public Invariant {
 public:
  Sight sight(const HistoryTraits&) const override { return Sight::suspects; }
  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type != EventType::effect || !context.repeats()) return;
    // An id that is not sent yet may be sent within clock skew: whether it counts is known at the end.
    auto& kept = context.current()->attempted() ? sent_ : unsent_;
    if (kept.size() < InvariantResult::kAnomaliesKept) {
      kept.push_back({context.current_index(), event.t, context.by(), context.current()->copies + 1});
    }
  }

  InvariantResult finish(const CheckContext& context) override {
    std::uint64_t total = 0;
    for (const Message& message : context.messages().all()) {
      if (message.attempted() && message.copies > 1) total += message.copies - 1;
    }
    if (context.census() != nullptr) total = context.census()->counts.duplicate;
    sent_.insert(sent_.end(), unsent_.begin(), unsent_.end());
    std::stable_sort(sent_.begin(), sent_.end(), [](const Sighting& a, const Sighting& b) { return a.t < b.t; });
    Findings findings;
    for (const Sighting& sighting : sent_) {
      const Message& message = context.messages()[sighting.message];
      if (message.attempted()) findings.add("duplicate", [&] { return describe(context, message, sighting); });
    }
    if (findings.total() < total) findings.count(total - findings.total());
    return findings.result("no_duplicates");
  }

 private:
  struct Sighting {
    std::uint32_t message = 0;
    Nanos t{};
    std::uint32_t by = Interner::kNone;
    std::uint32_t copy = 2;
  };

  static Anomaly describe(const CheckContext& context, const Message& message, const Sighting& sighting) {
    Anomaly anomaly = context.about(message, "duplicate", sighting.t, sighting.by);
    const auto who = [&](std::uint32_t by) {
      const std::string name = context.process_name(by);
      return name.empty() ? std::string() : " by " + name;
    };
    anomaly.detail =
        fmt::format("took effect {} times: first at {}{}, again at {}{}", sighting.copy, at_text(message.first_effect),
                    who(message.first_by), at_text(sighting.t), who(sighting.by));
    return anomaly;
  }

  std::vector<Sighting> sent_;
  std::vector<Sighting> unsent_;
};

constexpr std::string_view kDefinition =
    "duplicate: each effect of a sent id beyond its first at one witness, whatever the outcome of its "
    "sending and however often it was sent under that id.";

}  // namespace

std::unique_ptr<Invariant> make_no_duplicates() { return std::make_unique<NoDuplicates>(); }

const InvariantKind no_duplicates_kind{
    {{.name = "no_duplicates", .summary = "no message took effect twice (duplicate)"}, {}, kDefinition},
    [](const Params&) { return make_no_duplicates(); }};

}  // namespace stormproof
