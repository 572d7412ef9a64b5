/// The bookkeeping that all invariants share: what is known of each message. Each id is looked up once an event and
/// kept once; invariants refer to messages by index. Memory: about 100 bytes and the id for each message, plus a few
/// words for each ordering key; nothing grows with the number of events.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/check/interner.h"
#include "harness/check/number_index.h"
#include "harness/model/event.h"

namespace stormproof {

/// What is known about an attempt, in order of strength: a retry with the same id only ever learns more.
enum class Outcome : std::uint8_t { none, fail, info, ok };

struct Message {
  static constexpr Nanos kNever = Nanos::min();

  const char* id_data = nullptr;
  std::uint32_t id_size = 0;
  std::uint32_t key = Interner::kNone;  ///< index into MessageTable::keys()
  std::int64_t seq = EventView::kNoSeq;
  Nanos invoked = kNever;                    ///< first invoke (or first outcome, when its invoke is not in the history)
  Nanos completed = kNever;                  ///< when `outcome` became what it is
  Nanos first_effect = kNever;               ///< at any witness
  std::uint64_t digest = 0;                  ///< of what was sent, or of the first effect while nothing was sent yet
  std::uint64_t invoked_no = 0;              ///< number of that event in the history, from 1
  std::uint64_t ok_no = 0;                   ///< of the first ok; 0: none
  std::uint32_t first_by = Interner::kNone;  ///< who reported the first effect: index into MessageTable::names()
  std::uint32_t effects = 0;                 ///< all sightings
  std::uint32_t home_copies = 0;             ///< sightings by the witness that saw it first
  std::uint32_t copies = 0;  ///< sightings by the witness that saw it most often: more than 1 is a duplicate
  std::uint32_t open = 0;    ///< invokes without an outcome yet
  std::uint16_t home = 0;    ///< witness that saw it first
  Outcome outcome = Outcome::none;
  bool has_digest = false;
  bool digest_sent = false;  ///< `digest` is that of the send

  std::string_view id() const { return {id_data, id_size}; }
  bool attempted() const { return invoked != kNever; }
  bool acked() const { return outcome == Outcome::ok; }
  /// At the end an operation without an outcome is one whose outcome nobody knows.
  Outcome final_outcome() const {
    if (outcome == Outcome::ok || !attempted()) return outcome;
    return open > 0 ? Outcome::info : outcome;
  }
};

/// A digest as a number: exact for 16 hex digits, hashed otherwise.
std::uint64_t digest_number(std::string_view digest);

class MessageTable {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  MessageTable();
  /// Index of the message with this id, made if need be.
  std::uint32_t intern(std::string_view id);
  std::uint32_t find(std::string_view id) const;

  /// What it takes, or is about to take when it must grow.
  std::size_t bytes() const;
  std::size_t size() const { return messages_.size(); }
  Message& operator[](std::uint32_t index) { return messages_[index]; }
  const Message& operator[](std::uint32_t index) const { return messages_[index]; }
  const std::vector<Message>& all() const { return messages_; }

  Interner& keys() { return keys_; }
  const Interner& keys() const { return keys_; }
  Interner& names() { return names_; }
  const Interner& names() const { return names_; }

  /// How often `surface` has seen the message so far.
  std::uint32_t copies_at(std::uint32_t index, std::uint16_t surface) const;
  void add_copy(std::uint32_t index, std::uint16_t surface);

 private:
  struct Slot {
    std::uint32_t index = kNone;
    std::uint32_t tag = 0;  // high half of the hash: most misses are told without touching the message
  };
  std::size_t probe(std::string_view id, std::uint64_t hash) const;
  std::uint32_t add(std::string_view id);
  std::uint32_t intern_hashed(std::string_view id);
  void grow();
  const char* keep(std::string_view id);

  std::vector<Message> messages_;
  NumberIndex numbers_;   // of ids that are numbers behind a short prefix, most of them
  bool spilled_ = false;  // some of them lay too far apart when they came, and are with the others
  std::size_t hashed_ = 0;
  std::vector<Slot> slots_;  // of all others
  std::vector<std::unique_ptr<char[]>> arena_;
  std::size_t arena_left_ = 0;
  char* arena_at_ = nullptr;
  Interner keys_;
  Interner names_;
  std::unordered_map<std::uint64_t, std::uint32_t> away_copies_;  // sightings by other witnesses than the first
};

}  // namespace stormproof
