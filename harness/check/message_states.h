/// The state of every message of a history of plain events (README.md, "The fast way"): bits for ids that are numbers,
/// a table for others, and the few messages that fit in neither in full. Which of them may be in the verdict is known
/// at the end; their evidence is then collected by reading their events again.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "harness/check/check_context.h"
#include "harness/check/dense_states.h"
#include "harness/check/sparse_states.h"
#include "harness/history/batch.h"

namespace stormproof {

/// Numbers as bits, or all ids in the table because the numbers lie too far apart.
enum class NumberedIds { dense, sparse };

class MessageStates {
 public:
  /// `skew`: an effect that was recorded longer than this before its message was sent is a phantom.
  MessageStates(NumberedIds numbered, Nanos skew) : numbered_(numbered), skew_(skew) {}

  /// The next events. After `scattered()` or `backwards()` became true the states mean nothing.
  /// `pending`, if given, has room for as many: whether a message was waiting for its effect before each event.
  void apply(std::span<const PlainEvent> events, unsigned char* pending = nullptr);

  /// So much of the history has been applied, of 1: lets the table grow to what it will need.
  void expect(double share) { sparse_.expect(share); }

  /// The numbers of the ids lie so far apart that they must be taken as NumberedIds::sparse.
  bool scattered() const { return scattered_; }
  /// Time went back by more than the skew: what came too early can then not be told from the states.
  bool backwards() const { return tally_.backwards; }

  std::uint64_t events() const { return events_; }
  std::uint64_t effects() const { return tally_.effects; }
  /// Acknowledged messages without an effect.
  std::uint64_t waiting() const { return tally_.waiting; }
  Nanos latest() const { return Nanos(tally_.latest); }
  Nanos latest_ok() const { return Nanos(tally_.latest_ok); }
  std::size_t bytes() const;

  Census census() const;

  /// Why a message may have a place in the verdict; `none` for all others. An effect more than once is none by itself.
  enum class Suspicion { none, missing, phantom, aborted_read };
  Suspicion suspicion(const MessageCode& code) const;
  /// The messages whose effects were the first to be repeated.
  std::vector<MessageCode> repeated() const;
  struct Suspects {
    std::array<std::uint64_t, 4> totals{};  ///< by Suspicion
    std::vector<MessageCode> codes;         ///< at most one more than asked for
  };
  /// All messages with a suspicion. Their codes are
  /// those of the events while numbers are dense, else those of the table (table_code).
  Suspects suspects(std::size_t most, bool with_missing) const;
  /// As the codes of `suspects` are.
  MessageCode table_code(const MessageCode& code) const;
  bool is_dense(std::uint64_t b) const {
    return numbered_ == NumberedIds::dense && ((current_ != nullptr && current_->b == b) || dense_.find(b) != nullptr);
  }

 private:
  static constexpr std::int64_t kOnTime = INT64_MIN;
  struct Special {
    MessageParts parts;
    std::int64_t first_effect = 0;  ///< of one that came before the message was sent
    std::int64_t late = kOnTime;    ///< how long after it the message was sent

    bool phantom(Nanos skew) const { return parts.effects > 0 && (!parts.attempted || late > skew.count()); }
  };
  struct CodeHash {
    std::size_t operator()(const MessageCode& code) const { return spread(code.a ^ spread(code.b)); }
  };

  /// What is counted of every event; a value, so that a loop can keep it in registers.
  struct Tally {
    std::uint64_t effects = 0;
    std::uint64_t waiting = 0;
    std::int64_t latest = INT64_MIN;
    std::int64_t latest_ok = INT64_MIN;
    bool backwards = false;

    void add(const PlainEvent& event, std::int64_t skew) {
      const EventType type = event.type();
      backwards |= event.t < latest && latest - event.t > skew;
      latest = std::max(latest, event.t);
      latest_ok = std::max(latest_ok, type == EventType::ok ? event.t : INT64_MIN);
      effects += type == EventType::effect ? 1 : 0;
    }
    void step(unsigned step) {
      waiting += (step / Step::kWaits) & 1U;
      waiting -= step / Step::kArrives;
    }
  };

  const PlainEvent* apply_dense(const PlainEvent* at, const PlainEvent* end);
  const PlainEvent* apply_sparse(const PlainEvent* at, const PlainEvent* end);
  MessageState apply_slowly(MessageState state, const PlainEvent& event);
  void sample(const MessageCode& code, bool attempted);
  MessageState state(const MessageCode& code) const;
  Suspicion suspicion(const MessageCode& table_code, MessageState state) const;

  NumberedIds numbered_;
  Nanos skew_;
  bool scattered_ = false;
  std::uint64_t events_ = 0;
  unsigned char* pending_ = nullptr;  // for the next event
  Tally tally_;
  DenseStates dense_;
  DenseStates::Space* current_ = nullptr;
  SparseStates sparse_;
  std::unordered_map<MessageCode, Special, CodeHash> special_;  // by table_code
  // Of the first repeated effects, of messages sent by then and not: as many as no_duplicates keeps.
  std::vector<MessageCode> repeated_sent_;
  std::vector<MessageCode> repeated_unsent_;
};

}  // namespace stormproof
