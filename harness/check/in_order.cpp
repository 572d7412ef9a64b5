/// in_order: effects come in the order of sending.
///   reordered, by = "key"      the sequence steps back: a message takes effect right after one of the same key with a
///                              higher sequence. Each step back counts once: 1 5 2 3 is one anomaly, at 2. A message
///                              without a key belongs to the one key "".
///   reordered, by = "stream"   all messages form one stream, in the order of real time: a message that was
///   acknowledged
///                              before another was sent takes effect after it. Messages that were under way together
///                              may pass each other.
/// Not judged, because no order was promised: an exact duplicate delivery (that is a duplicate, and does not move the
/// place in the stream), messages of unknown outcome (they may take effect at any later time), failed ones, ids that
/// were not sent, and messages without a sequence (by = "key").
/// A legal replay: in a scenario that asks for at_least_once, and for neither exactly_once, at_most_once nor
/// no_duplicates, a duplicate is the sign of a replay, and the order restarts at it: 1 2 3 | 2 3 4 and also
/// 1 2 4 | 2 3 4 5 are in order. Otherwise the latter is a duplicate 2, and 3 is reordered.
/// With several witnesses each is judged alone.
#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class InOrder final : public Invariant {
 public:
  explicit InOrder(bool by_key) : by_key_(by_key) {}

  Sight sight(const HistoryTraits& traits) const override {
    return by_key_ && !traits.has_seq ? Sight::suspects : Sight::every_event;
  }
  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type != EventType::effect) return;
    const Message& message = *context.current();
    if (!message.attempted() || message.outcome == Outcome::fail) return;
    if (by_key_ && message.seq == EventView::kNoSeq) return;
    const bool duplicate = context.messages().copies_at(context.current_index(), context.surface()) > 0;
    if (duplicate && !context.replays_legal()) return;
    Place& place = place_of(by_key_ ? message.key : 0, context.surface());
    const bool back =
        by_key_ ? message.seq < place.mark : message.ok_no > 0 && place.mark > static_cast<std::int64_t>(message.ok_no);
    if (back && !duplicate) suspect(event, context, place);
    const auto mark = by_key_ ? message.seq : static_cast<std::int64_t>(message.invoked_no);
    if (by_key_ || duplicate || mark > place.mark) place = {mark, context.current_index(), event.t};
  }

  InvariantResult finish(const CheckContext& context) override {
    Findings findings;
    for (const Suspect& suspect : kept_) {
      const Message& message = context.messages()[suspect.message];
      if (promised(message)) findings.add("reordered", [&] { return describe(context, message, suspect); });
    }
    std::uint64_t total = 0;
    for (const std::uint32_t index : stepped_back_) total += promised(context.messages()[index]) ? 1 : 0;
    if (findings.total() < total) findings.count(total - findings.total());
    return findings.result("in_order", by_key_ && !context.has_seq() ? "no message carries a sequence" : "");
  }

 private:
  struct Place {
    std::int64_t mark = INT64_MIN;
    std::uint32_t message = MessageTable::kNone;
    Nanos t{};
  };
  struct Suspect {
    std::uint32_t message = 0;
    std::uint32_t behind = 0;
    Nanos t{};
    Nanos behind_t{};
    std::uint32_t by = Interner::kNone;
  };
  static constexpr std::size_t kSuspects = 10 * InvariantResult::kAnomaliesKept;

  Place& place_of(std::uint32_t key, std::uint16_t surface) {
    if (surface > 0 || key == Interner::kNone) return places_[(std::uint64_t{surface} << 32U) | key];
    if (only_.size() <= key) only_.resize(std::max<std::size_t>(key + 1, 2 * only_.size()));
    return only_[key];
  }

  static bool promised(const Message& message) { return message.final_outcome() == Outcome::ok; }

  void suspect(const EventView& event, const CheckContext& context, const Place& place) {
    if (!stepped_back_.insert(context.current_index()).second || kept_.size() == kSuspects) return;
    kept_.push_back({context.current_index(), place.message, event.t, place.t, context.by()});
  }

  Anomaly describe(const CheckContext& context, const Message& message, const Suspect& suspect) const {
    const Message& behind = context.messages()[suspect.behind];
    Anomaly anomaly = context.about(message, "reordered", suspect.t, suspect.by);
    if (by_key_) {
      anomaly.detail = fmt::format("seq {} took effect after seq {} of the same key ({}, at {})", message.seq,
                                   behind.seq, behind.id(), at_text(suspect.behind_t));
    } else {
      anomaly.detail = fmt::format("took effect after {} (at {}), which was sent when it was already acknowledged",
                                   behind.id(), at_text(suspect.behind_t));
    }
    return anomaly;
  }

  bool by_key_;
  std::vector<Place> only_;                          // by key, where no witness is told apart
  std::unordered_map<std::uint64_t, Place> places_;  // by witness and key, all others
  std::vector<Suspect> kept_;
  std::unordered_set<std::uint32_t> stepped_back_;
};

constexpr std::string_view kBy[] = {"key", "stream"};
constexpr ParamSpec kParams[] = {{.name = "by",
                                  .type = ParamType::choice,
                                  .help = "which messages have an order: those of a key, or all of the stream",
                                  .fallback = "key",
                                  .choices = kBy}};

constexpr std::string_view kDefinition =
    "reordered: by key, a message takes effect right after one of its key with a higher seq; by stream, a "
    "message acknowledged before another was sent takes effect after it. Each step back counts once. "
    "Duplicates, messages of unknown outcome and failed ones have no order. Under at_least_once order "
    "restarts at a duplicate.";

}  // namespace

const InvariantKind in_order_kind{
    {{.name = "in_order", .summary = "effects come in the order of sending (reordered)", .params = kParams},
     "by",
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      return std::make_unique<InOrder>(params.text("by") == "key");
    }};

}  // namespace stormproof
