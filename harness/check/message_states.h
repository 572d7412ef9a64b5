/// The state of every message of a history of plain events (README.md, "The fast way"): bits for ids that are numbers,
/// a table for others, and the few messages that fit in neither in full. Which of them may be in the verdict is known
/// at the end; their evidence is then collected by reading their events again.
#pragma once

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
  void apply(std::span<const PlainEvent> events);

  /// The numbers of the ids lie so far apart that they must be taken as NumberedIds::sparse.
  bool scattered() const { return scattered_; }
  /// Time went back by more than the skew: what came too early can then not be told from the states.
  bool backwards() const { return backwards_; }

  std::uint64_t events() const { return events_; }
  std::uint64_t effects() const { return effects_; }
  /// Acknowledged messages without an effect.
  std::uint64_t waiting() const { return waiting_; }
  Nanos latest() const { return Nanos(latest_); }
  Nanos latest_ok() const { return Nanos(latest_ok_); }
  std::size_t bytes() const;

  Census census() const;

  /// Why a message may have a place in the verdict; `none` for all others. An effect more than once is none by itself.
  enum class Suspicion { none, missing, phantom, aborted_read };
  Suspicion suspicion(const MessageCode& code) const;
  /// The messages whose effects were the first to be repeated.
  std::vector<MessageCode> repeated() const;
  /// All messages with a suspicion, and the repeated ones. Their codes are
  /// those of the events while numbers are dense, else those of the table (table_code). False when there are more than
  /// `most`.
  bool suspects(std::size_t most, std::vector<MessageCode>& codes) const;
  /// As the codes of `suspects` are.
  MessageCode table_code(const MessageCode& code) const;
  bool is_dense(std::uint64_t b) const { return numbered_ == NumberedIds::dense && dense_.find(b) != nullptr; }

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

  const PlainEvent* apply_dense(const PlainEvent* at, const PlainEvent* end);
  const PlainEvent* apply_sparse(const PlainEvent* at, const PlainEvent* end);
  MessageState apply_slowly(MessageState state, const PlainEvent& event);
  void note_time(const PlainEvent& event);
  void sample(const MessageCode& code, bool attempted);
  MessageState state(const MessageCode& code) const;
  Suspicion suspicion(const MessageCode& table_code, MessageState state) const;

  NumberedIds numbered_;
  Nanos skew_;
  bool scattered_ = false;
  bool backwards_ = false;
  std::uint64_t events_ = 0;
  std::uint64_t effects_ = 0;
  std::uint64_t waiting_ = 0;
  std::int64_t latest_ = INT64_MIN;
  std::int64_t latest_ok_ = INT64_MIN;
  DenseStates dense_;
  DenseStates::Space* current_ = nullptr;
  SparseStates sparse_;
  std::unordered_map<MessageCode, Special, CodeHash> special_;  // by table_code
  // Of the first repeated effects, of messages sent by then and not: as many as no_duplicates keeps.
  std::vector<MessageCode> repeated_sent_;
  std::vector<MessageCode> repeated_unsent_;
};

}  // namespace stormproof
