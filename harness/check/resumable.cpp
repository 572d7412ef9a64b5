/// resumable: a stream goes on where it stopped. The first effect of a key in a new session (sessions.h: another
/// reader, the same one started again, another connection) is that of the successor of the highest sequence in effect
/// so far.
///   skip     an acknowledged message of the key lies between the two and was sent before that first effect, whether it
///            took effect later or never. One anomaly a reconnect.
///   replay   the first effect is not beyond the highest sequence so far. Legal where replays are (as in in_order: the
///            scenario asks for at_least_once only). One anomaly a reconnect.
/// Not judged: messages without a sequence, failed ones, those that were not sent, and a replay of one whose outcome is
/// unknown (it may take effect at any later time). Witnesses that are told apart are judged alone. Decided at the end.
/// Unknown when no key had a second session, and for skips when the history is incomplete.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <vector>

#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/sessions.h"

namespace stormproof {

namespace {

class Resumable final : public Invariant {
 public:
  explicit Resumable(bool alone) : alone_(alone) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    sessions_.on_event(event, context);
    if (event.type != EventType::effect) return;
    const Message& message = *context.current();
    if (!message.attempted() || message.outcome == Outcome::fail || message.seq == EventView::kNoSeq) return;
    Stream& stream = stream_of(message.key, context.surface());
    if (stream.message != MessageTable::kNone && stream.session != sessions_.current()) {
      reconnects_ = true;
      const bool next = stream.highest != INT64_MAX && message.seq == stream.highest + 1;
      if (!next) stream.jumps.push_back(jump(event, context, stream, message.seq));
    }
    stream.session = sessions_.current();
    if (stream.message == MessageTable::kNone || message.seq > stream.highest) {
      stream.highest = message.seq;
      stream.message = context.current_index();
      stream.t = event.t;
    }
  }

  InvariantResult finish(const CheckContext& context) override {
    find_skipped(context);
    Findings findings;
    const bool gap = !context.history_gap().empty();
    bool hidden = false;
    for (const auto& [place, stream] : streams_) {
      for (const Jump& jump : stream.jumps) {
        const Message& first = context.messages()[jump.first];
        if (jump.to > jump.from) {
          if (jump.skipped == MessageTable::kNone) continue;
          hidden = hidden || gap;
          if (!gap) findings.add("skip", [&] { return describe_skip(context, jump); });
        } else if (!context.replays_legal() && first.final_outcome() == Outcome::ok) {
          findings.add("replay", [&] { return describe_replay(context, jump); });
        }
      }
    }
    if (hidden) return findings.result("resumable", "a stream jumped ahead, but the history itself is incomplete");
    return findings.result("resumable", reconnects_ || !alone_ ? "" : "no stream was taken up again");
  }

 private:
  struct Jump {
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::uint32_t before = 0;
    std::uint32_t first = 0;
    std::uint32_t skipped = MessageTable::kNone;
    std::uint64_t skipped_total = 0;
    std::uint64_t number = 0;
    Nanos before_t{};
    Nanos t{};
    std::uint32_t by = Interner::kNone;
  };
  struct Stream {
    std::uint64_t session = 0;
    std::int64_t highest = 0;
    std::uint32_t message = MessageTable::kNone;
    Nanos t{};
    std::vector<Jump> jumps;  // those ahead are disjoint and ascend
  };

  Stream& stream_of(std::uint32_t key, std::uint16_t surface) {
    Stream*& found = found_[(std::uint64_t{key} << 16U) | surface];
    if (found == nullptr) found = &streams_[{key, surface}];
    return *found;
  }

  static Jump jump(const EventView& event, const CheckContext& context, const Stream& stream, std::int64_t to) {
    Jump jump;
    jump.from = stream.highest;
    jump.to = to;
    jump.before = stream.message;
    jump.first = context.current_index();
    jump.number = context.number();
    jump.before_t = stream.t;
    jump.t = event.t;
    jump.by = context.by();
    return jump;
  }

  /// For each jump ahead, the acknowledged messages it passed over: one pass over the table.
  void find_skipped(const CheckContext& context) {
    std::map<std::uint32_t, std::vector<std::vector<Jump*>>> by_key;
    for (auto& [place, stream] : streams_) {
      std::vector<Jump*> ahead;
      for (Jump& jump : stream.jumps) {
        if (jump.to > jump.from) ahead.push_back(&jump);
      }
      if (!ahead.empty()) by_key[place.first].push_back(std::move(ahead));
    }
    if (by_key.empty()) return;
    const auto& all = context.messages().all();
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (!all[i].acked() || all[i].seq == EventView::kNoSeq) continue;
      const auto found = by_key.find(all[i].key);
      if (found == by_key.end()) continue;
      for (const std::vector<Jump*>& ahead : found->second) note_skipped(all[i], i, ahead);
    }
  }

  static void note_skipped(const Message& message, std::uint32_t index, const std::vector<Jump*>& ahead) {
    const auto after = std::upper_bound(ahead.begin(), ahead.end(), message.seq,
                                        [](std::int64_t seq, const Jump* jump) { return seq <= jump->from; });
    if (after == ahead.begin()) return;
    Jump& jump = **std::prev(after);
    if (message.seq >= jump.to || message.invoked_no > jump.number) return;
    ++jump.skipped_total;
    if (jump.skipped == MessageTable::kNone) jump.skipped = index;
  }

  static Anomaly describe_skip(const CheckContext& context, const Jump& jump) {
    Anomaly anomaly = context.about(context.messages()[jump.skipped], "skip", jump.t, jump.by);
    anomaly.detail = fmt::format(
        "after seq {} (at {}) the stream was taken up again at seq {} ({}): {} acknowledged {} "
        "skipped",
        jump.from, at_text(jump.before_t), jump.to, context.messages()[jump.first].id(), jump.skipped_total,
        jump.skipped_total == 1 ? "message was" : "messages were");
    return anomaly;
  }

  static Anomaly describe_replay(const CheckContext& context, const Jump& jump) {
    Anomaly anomaly = context.about(context.messages()[jump.first], "replay", jump.t, jump.by);
    anomaly.detail = fmt::format("the stream had reached seq {} ({}, at {}) and was taken up again at seq {}",
                                 jump.from, context.messages()[jump.before].id(), at_text(jump.before_t), jump.to);
    return anomaly;
  }

  bool alone_;
  Sessions sessions_;
  std::map<std::pair<std::uint32_t, std::uint16_t>, Stream> streams_;  // by key and witness
  std::unordered_map<std::uint64_t, Stream*> found_;                   // the same, quicker; by key and surface
  bool reconnects_ = false;
};

constexpr std::string_view kDefinition =
    "A new session begins when another reader, the same one started again, or another connection sees a key's next "
    "effect. skip: acknowledged messages, sent before, lie between the highest seq so far and that first effect. "
    "replay: that first effect is not beyond the highest seq so far (legal under at_least_once). One a reconnect. "
    "Unknown when no stream was taken up again.";

}  // namespace

std::unique_ptr<Invariant> make_resumable(bool alone) { return std::make_unique<Resumable>(alone); }

const InvariantKind resumable_kind{
    {{.name = "resumable", .summary = "after a reconnect a stream goes on where it stopped (skip, replay)"},
     {},
     kDefinition},
    [](const Params&) { return make_resumable(true); }};

}  // namespace stormproof
