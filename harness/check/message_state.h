/// What the fast way keeps of a message: one of 16 states, four bits. The same rules as Message and CheckContext have
/// (README.md), for histories in which no witness is told apart.
#pragma once

#include <array>
#include <cstdint>

#include "harness/check/message_table.h"
#include "harness/model/event.h"

namespace stormproof {

/// A message in full, as far as the verdict depends on it.
struct MessageParts {
  bool attempted = false;
  Outcome outcome = Outcome::none;
  std::uint32_t open = 0;  ///< invokes without an outcome yet
  std::uint32_t effects = 0;

  constexpr Outcome final_outcome() const { return outcome != Outcome::ok && open > 0 ? Outcome::info : outcome; }
};

enum class MessageState : std::uint8_t {
  unseen,
  open,
  open_seen,  ///< `seen`: one effect
  acked,
  acked_seen,
  refused,
  refused_seen,
  unclear,
  unclear_seen,
  refused_open,  ///< sent again
  refused_open_seen,
  unclear_open,
  unclear_open_seen,
  acked_twice,  ///< two effects
  special = 15  ///< anything else, as its MessageParts say
};

constexpr MessageState state_of(const MessageParts& parts) {
  using enum MessageState;
  if (!parts.attempted) return parts.effects == 0 ? unseen : special;
  if (parts.outcome == Outcome::ok) {
    constexpr std::array kAcked{acked, acked_seen, acked_twice};
    return parts.effects < kAcked.size() ? kAcked[parts.effects] : special;
  }
  if (parts.effects > 1 || parts.open > 1) return special;
  constexpr std::array kClosed{unseen, refused, unclear};
  constexpr std::array kOpen{open, refused_open, unclear_open};
  const MessageState base = (parts.open == 0 ? kClosed : kOpen)[static_cast<std::size_t>(parts.outcome)];
  return static_cast<MessageState>(static_cast<unsigned>(base) + parts.effects);
}

/// The parts of any state but `special`.
constexpr MessageParts parts_of(MessageState state) {
  using enum MessageState;
  switch (state) {
    case open: return {true, Outcome::none, 1, 0};
    case open_seen: return {true, Outcome::none, 1, 1};
    case acked: return {true, Outcome::ok, 0, 0};
    case acked_seen: return {true, Outcome::ok, 0, 1};
    case acked_twice: return {true, Outcome::ok, 0, 2};
    case refused: return {true, Outcome::fail, 0, 0};
    case refused_seen: return {true, Outcome::fail, 0, 1};
    case refused_open: return {true, Outcome::fail, 1, 0};
    case refused_open_seen: return {true, Outcome::fail, 1, 1};
    case unclear: return {true, Outcome::info, 0, 0};
    case unclear_seen: return {true, Outcome::info, 0, 1};
    case unclear_open: return {true, Outcome::info, 1, 0};
    case unclear_open_seen: return {true, Outcome::info, 1, 1};
    default: return {};
  }
}

/// The next event of a message. Returns the change in the number of acknowledged messages that wait for their effect.
constexpr int advance(MessageParts& parts, EventType type) {
  const bool waited = parts.outcome == Outcome::ok && parts.effects == 0;
  if (type == EventType::effect) {
    ++parts.effects;
    return waited ? -1 : 0;
  }
  parts.attempted = true;
  if (type == EventType::invoke) {
    ++parts.open;
    return 0;
  }
  if (parts.open > 0) --parts.open;
  const Outcome outcome = type == EventType::ok ? Outcome::ok : type == EventType::info ? Outcome::info : Outcome::fail;
  if (outcome > parts.outcome) parts.outcome = outcome;
  return !waited && parts.outcome == Outcome::ok && parts.effects == 0 ? 1 : 0;
}

/// The same as a table: the next state, and what else must happen.
struct Step {
  static constexpr std::uint8_t kStateMask = 15;
  static constexpr std::uint8_t kSlow = 16;     ///< one of the two is special, or an effect is repeated
  static constexpr std::uint8_t kWaits = 32;    ///< one more message waits for its effect
  static constexpr std::uint8_t kArrives = 64;  ///< one fewer
};

constexpr std::array<std::uint8_t, 16 * 8> make_steps() {
  std::array<std::uint8_t, 16 * 8> steps{};
  for (unsigned state = 0; state < 16; ++state) {
    for (unsigned type = 1; type <= 5; ++type) {
      MessageParts parts = parts_of(static_cast<MessageState>(state));
      const int waiting = advance(parts, static_cast<EventType>(type));
      const MessageState next = state_of(parts);
      unsigned step = static_cast<unsigned>(next);
      if (waiting > 0) step |= Step::kWaits;
      if (waiting < 0) step |= Step::kArrives;
      if (state >= 14 || next == MessageState::special || next == MessageState::acked_twice) step |= Step::kSlow;
      steps[state * 8 + type] = static_cast<std::uint8_t>(step);
    }
  }
  return steps;
}
inline constexpr std::array<std::uint8_t, 16 * 8> kSteps = make_steps();

}  // namespace stormproof
