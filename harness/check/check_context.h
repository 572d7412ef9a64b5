/// What invariants see (declared in harness/api/checker.h): the messages, the faults, the processes and the time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/api/checker.h"
#include "harness/check/fault_timeline.h"
#include "harness/check/message_table.h"
#include "harness/check/pending_work.h"
#include "harness/model/verdict.h"

namespace stormproof {

/// How many messages there are of each sort, where only suspects were kept (Sight::suspects).
struct Census {
  Counts counts;  ///< but for `lost`, `reordered` and `gap`
  /// Acknowledged without an effect: nullopt while those among them that nobody looked for must be told apart; then all
  /// of them are kept.
  std::optional<std::uint64_t> missing;
  /// Took effect more than the skew before they were sent, and were not refused.
  std::uint64_t late_sent = 0;
};

class CheckContext {
 public:
  CheckContext(Nanos settle, bool replays_legal) : settle_(settle), replays_legal_(replays_legal) {}

  // --- for the Checker -------------------------------------------------------------------------------------------
  /// Before the invariants see the event: interns its id, key and name, once.
  void begin(const EventView& event);
  /// After they did.
  void apply(const EventView& event);
  /// At the end. `gap`: why the history is not complete, or "".
  void end(std::string gap) { history_gap_ = std::move(gap); }
  /// So many operations and effects in place of begin() and apply() for each. `waiting`: so many acknowledged messages
  /// have no effect after them.
  void pass(std::uint64_t events, std::uint64_t effects, Nanos latest, std::uint64_t waiting);
  /// An event that passed while a heal awaited its first effect.
  void first_after_heal(const EventView& event);
  /// At the end, for the messages that are suspect: their operations and effects once more, each between these two.
  void begin_replay(const EventView& event);
  void apply_replay(const EventView& event);
  void note_traits(const HistoryTraits& traits);
  void take_census(const Census& census) { census_ = census; }

  // --- while events pass: the state before the event, but for what `begin` did -----------------------------------
  /// Number of the event, from 1.
  std::uint64_t number() const { return number_; }
  /// The message of this operation or effect. Null for other events.
  const Message* current() const { return current_ == MessageTable::kNone ? nullptr : &messages_[current_]; }
  std::uint32_t current_index() const { return current_; }
  /// For an effect: this sighting makes it more than one at one witness.
  bool repeats() const { return repeats_; }
  /// The event's `by`, interned.
  std::uint32_t by() const { return by_; }
  /// Which witness saw this effect (see README.md); 0 unless several are told apart.
  std::uint16_t surface() const { return surface_; }
  /// The event shows another digest than was sent.
  bool corrupts(const EventView& event) const;
  bool pending() const { return pending_.any(); }
  /// Work is meant to flow: from the phase `drive` until, in the phase `drain`, the first process is asked to stop; or
  /// always in a history without phases.
  bool driving() const { return !has_phases_ || driving_; }
  Nanos now() const { return now_; }

  const MessageTable& messages() const { return messages_; }
  const FaultTimeline& faults() const { return faults_; }
  /// The contract is at-least-once: a message may legally come again, and order restarts there.
  bool replays_legal() const { return replays_legal_; }

  // --- at the end ------------------------------------------------------------------------------------------------
  /// Empty when all that was recorded could be read; otherwise what is absent proves nothing.
  const std::string& history_gap() const { return history_gap_; }
  /// Why the absence of effects proves nothing at all in this history; "" when it does.
  std::string absence_proves_nothing() const;
  /// The message was acknowledged early enough to be found by the last complete look, had it taken effect.
  bool was_looked_for(const Message& message) const { return was_looked_for(message.completed); }
  bool was_looked_for(Nanos completed) const;
  /// Null when every message is kept.
  const Census* census() const { return census_ ? &*census_ : nullptr; }
  std::uint64_t effects() const { return effects_; }
  std::uint64_t corrupt() const { return corrupt_; }
  bool has_seq() const { return has_seq_; }
  bool has_digest() const { return has_digest_; }

  // --- evidence --------------------------------------------------------------------------------------------------
  /// An anomaly about a message, with id, key, seq, time, process and the fault in force filled in.
  Anomaly about(const Message& message, std::string kind, Nanos t, std::uint32_t by) const;
  const std::string& key_text(const Message& message) const { return messages_.keys().text(message.key); }
  /// The name of a process, "" when `by` only names a witness.
  std::string process_name(std::uint32_t by) const;

 private:
  void apply_operation(const EventView& event);
  void apply_effect(const EventView& event);
  void apply_note(const EventView& event);
  void attempt(Message& message, const EventView& event);
  void identify_surface(const EventView& event);

  Nanos settle_;
  bool replays_legal_;
  MessageTable messages_;
  FaultTimeline faults_;
  PendingWork pending_;

  Nanos now_{};
  std::uint64_t number_ = 0;
  std::uint32_t current_ = MessageTable::kNone;
  std::uint32_t by_ = Interner::kNone;
  std::uint16_t surface_ = 0;
  bool repeats_ = false;
  bool replaying_ = false;

  bool has_phases_ = false;
  bool driving_ = false;
  bool drain_entered_ = false;
  bool has_seq_ = false;
  bool has_digest_ = false;
  bool has_processes_ = false;
  std::optional<Nanos> last_drained_;
  std::string cut_short_;  // why the last look was not complete
  std::uint64_t effects_ = 0;
  std::uint64_t corrupt_ = 0;
  std::string history_gap_;
  std::optional<Census> census_;

  enum Role : std::uint8_t { kProcess = 1, kWitness = 2 };
  std::vector<std::uint8_t> roles_;                            // by name
  std::unordered_map<std::uint32_t, std::uint16_t> surfaces_;  // declared witnesses
};

/// "1.204s": a point in the run, for sentences.
std::string at_text(Nanos t);

}  // namespace stormproof
