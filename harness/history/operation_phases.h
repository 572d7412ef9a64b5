/// What a fault met: where every message stood, and what else was going on, at the moment it struck. Feed it a history
/// in order, then ask. A few dozen bytes for each message in flight, up to kMessagesMost of them; the rest is counted
/// nowhere and makes complete() false. Single thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/model/event.h"

namespace stormproof {

/// The first five say where a message stands; the others what else is true of a moment.
enum class OperationPhase : std::uint8_t {
  before_send,        ///< not sent yet; of work that targets fetch themselves: its key has not begun
  sent_unacked,       ///< sent, and nobody knows more
  received_unstored,  ///< acknowledged without effect; of fetched work: its key has begun
  stored_unacked,     ///< took effect before its sender heard of it
  settled,            ///< took effect and was acknowledged, or failed for certain
  idle,               ///< no message was in flight
  recovery,           ///< a process was down or not ready again, or nothing had taken effect since a fault healed
  handover,           ///< a process that was asked to stop had not ended yet
  overlap,            ///< another fault was in force
};
inline constexpr std::size_t kOperationPhases = 9;

/// "before-send", "received-unstored", ...
std::string_view to_string(OperationPhase phase);
std::optional<OperationPhase> operation_phase_from(std::string_view word);

/// One injection of a fault.
struct Strike {
  std::string fault;  ///< its name
  std::string kind;
  std::string on;  ///< "client/0", "link feed"
  Nanos t{};
  /// How many messages stood in each phase; 0 or 1 for idle and what follows it.
  std::array<std::uint64_t, kOperationPhases> met{};

  bool has_met(OperationPhase phase) const { return met[static_cast<std::size_t>(phase)] > 0; }
};

class OperationPhases {
 public:
  static constexpr std::size_t kMessagesMost = 4'000'000;

  /// Before the first event: where this message stood is remembered for every strike.
  void watch(std::string_view id);
  void on_event(const EventView& event);
  /// After the last event.
  void finish();

  const std::vector<Strike>& strikes() const { return strikes_; }
  /// Of a watched message when strikes()[strike] struck; nullopt when the history never names it.
  std::optional<OperationPhase> phase_of(std::string_view id, std::size_t strike) const;
  bool complete() const { return complete_; }
  /// Some messages were sent by a source while the targets were driven, not only fetched.
  bool pushed() const { return pushed_; }

 private:
  struct Message {
    std::uint32_t key = 0;
    bool fetched = false;  ///< known before anything was driven: targets fetch it themselves
    bool answered = false;
    bool stored = false;
  };
  struct Key {
    std::uint64_t fetched_unstored = 0;
    bool begun = false;
  };
  struct Watched {
    std::optional<Message> message;
    std::vector<OperationPhase> at;  ///< one for each strike, from `since` on
  };

  void invoked(const EventView& event);
  void answered(const EventView& event, bool happened);
  void stored(const EventView& event);
  void injected(const EventView& event);
  void process(const EventView& event);
  void count(const Message& message, int by);
  OperationPhase phase(const Message& message) const;
  bool recovering(const std::string& fault) const;
  std::uint32_t key_of(std::string_view key);
  template <class Change>
  void change(std::string_view id, Change change);

  std::unordered_map<std::uint64_t, Message> in_flight_;
  std::unordered_map<std::string, std::uint32_t> key_numbers_;
  std::vector<Key> keys_;
  std::map<std::string, Watched, std::less<>> watched_;
  std::uint64_t sent_unacked_ = 0, acked_unstored_ = 0, stored_unacked_ = 0, settled_ = 0, invoked_ = 0;
  std::vector<Strike> strikes_;
  std::vector<std::uint64_t> invoked_before_;               ///< for each strike
  std::set<std::pair<std::string, std::string>> in_force_;  ///< fault, on
  std::map<std::string, std::string> struck_by_;            ///< process -> fault last injected on it
  std::set<std::string> down_, stopping_;
  std::set<std::string> healed_;  ///< faults since whose healing nothing took effect
  bool driving_ = false;
  bool pushed_ = false;
  bool complete_ = true;
};

}  // namespace stormproof
