#include "harness/check/message_states.h"

#include <algorithm>

namespace stormproof {

namespace {

/// What is prefetched together, in a loop that does nothing else: only so are enough of them on their way at once.
constexpr std::size_t kGroup = 128;

}  // namespace

MessageCode MessageStates::table_code(const MessageCode& code) const {
  if (!code.split()) return {code.a, code.b & SparseStates::kKeptOfB};
  if (is_dense(code.b)) return code;
  const std::uint64_t a = spread(code.a + code.b * 0x9E3779B97F4A7C15U);
  return {a, spread(code.b ^ a) & SparseStates::kKeptOfB};
}

void MessageStates::apply(std::span<const PlainEvent> events, unsigned char* pending) {
  pending_ = pending;
  const PlainEvent* at = events.data();
  const PlainEvent* const end = at + events.size();
  while (at != end && !scattered_) {
    if (at->code().split() && numbered_ == NumberedIds::dense) {
      if (current_ == nullptr || current_->b != at->code().b) current_ = dense_.space(at->code().b);
      if (current_ != nullptr) {
        at = apply_dense(at, end);
        continue;
      }
    }
    at = apply_sparse(at, end);
  }
}

/// Events of the current space, up to the first of another.
const PlainEvent* MessageStates::apply_dense(const PlainEvent* at, const PlainEvent* const end) {
  constexpr std::uint64_t kInPage = (std::uint64_t{1} << DenseStates::kPageShift) - 1;
  const std::uint64_t b = current_->b;
  const std::int64_t skew = skew_.count();
  const PlainEvent* const begin = at;
  unsigned char* page = nullptr;
  std::uint64_t page_number = UINT64_MAX;
  unsigned char* pending = pending_;
  Tally tally = tally_;
  for (; at != end && (at->b & ~PlainEvent::kTypeMask) == b; ++at) {
    if (const std::uint64_t wanted = at->a >> DenseStates::kPageShift; wanted != page_number) {
      page = dense_.reach(*current_, at->a, events_ + static_cast<std::uint64_t>(at - begin) + 1);
      page_number = wanted;
      if (page == nullptr) {
        scattered_ = true;
        break;
      }
    }
    if (pending != nullptr) *pending++ = tally.waiting > 0 ? 1 : 0;
    tally.add(*at, skew);
    unsigned char& pair = page[(at->a & kInPage) >> 1U];
    const unsigned shift = 4 * (at->a & 1U);
    const unsigned state = (pair >> shift) & 15U;
    unsigned step = kSteps[state * 8 + (at->b & PlainEvent::kTypeMask)];
    if ((step & Step::kSlow) != 0) [[unlikely]] {
      tally_.waiting = tally.waiting;
      step = static_cast<unsigned>(apply_slowly(static_cast<MessageState>(state), *at));
      tally.waiting = tally_.waiting;
    }
    tally.step(step);
    pair = static_cast<unsigned char>(pair ^ ((state ^ (step & Step::kStateMask)) << shift));
  }
  tally_ = tally;
  pending_ = pending;
  events_ += static_cast<std::uint64_t>(at - begin);
  return at;
}

/// Up to a group of events that are not numbers of a dense space.
const PlainEvent* MessageStates::apply_sparse(const PlainEvent* at, const PlainEvent* const end) {
  std::array<std::uint64_t, 2 * kGroup> codes;  // a and b in turns; a MessageCode would be zeroed first
  std::size_t count = 0;
  for (const PlainEvent* event = at; event != end && count < kGroup; ++event, ++count) {
    MessageCode code = event->code();
    if (code.split()) {
      if (numbered_ == NumberedIds::dense && dense_.takes(code.b)) break;
      code = table_code(code);
    }
    codes[2 * count] = code.a;
    codes[2 * count + 1] = code.b;
  }
  for (std::size_t i = 0; i < count; ++i) sparse_.prefetch(codes[2 * i]);
  const std::int64_t skew = skew_.count();
  Tally tally = tally_;
  for (std::size_t i = 0; i < count; ++i, ++at) {
    if (pending_ != nullptr) *pending_++ = tally.waiting > 0 ? 1 : 0;
    tally.add(*at, skew);
    SparseStates::Entry entry = sparse_.at({codes[2 * i], codes[2 * i + 1]});
    const MessageState state = entry.state();
    unsigned step = kSteps[static_cast<std::size_t>(state) * 8 + (at->b & PlainEvent::kTypeMask)];
    if ((step & Step::kSlow) != 0) [[unlikely]] {
      tally_.waiting = tally.waiting;
      step = static_cast<unsigned>(apply_slowly(state, *at));
      tally.waiting = tally_.waiting;
    }
    tally.step(step);
    entry.set(static_cast<MessageState>(step & Step::kStateMask));
  }
  tally_ = tally;
  events_ += count;
  return at;
}

MessageState MessageStates::apply_slowly(MessageState state, const PlainEvent& event) {
  const MessageCode code = table_code(event.code());
  Special message;
  if (state == MessageState::special) {
    message = special_.at(code);
  } else {
    message.parts = parts_of(state);
  }
  const bool was_sent = message.parts.attempted;
  if (event.type() == EventType::effect && message.parts.effects > 0) sample(code, was_sent);
  tally_.waiting += static_cast<std::uint64_t>(static_cast<std::int64_t>(advance(message.parts, event.type())));
  if (message.parts.effects == 1 && event.type() == EventType::effect) message.first_effect = event.t;
  if (!was_sent && message.parts.attempted && message.parts.effects > 0) message.late = event.t - message.first_effect;
  const bool late = message.parts.attempted && message.late > skew_.count();
  const MessageState next = late ? MessageState::special : state_of(message.parts);
  if (next == MessageState::special) {
    special_[code] = message;
  } else if (state == MessageState::special) {
    special_.erase(code);
  }
  return next;
}

void MessageStates::sample(const MessageCode& code, bool attempted) {
  auto& sampled = attempted ? repeated_sent_ : repeated_unsent_;
  if (sampled.size() < InvariantResult::kAnomaliesKept) sampled.push_back(code);
}

std::size_t MessageStates::bytes() const {
  constexpr std::size_t kNode = 2 * sizeof(void*) + sizeof(std::pair<const MessageCode, Special>);
  return dense_.bytes() + sparse_.bytes() + special_.size() * kNode + special_.bucket_count() * sizeof(void*);
}

Census MessageStates::census() const {
  std::array<std::uint64_t, 16> states{};
  dense_.count(states);
  sparse_.count(states);
  Census census;
  std::uint64_t missing = 0;
  const auto add = [&](const MessageParts& parts, std::uint64_t times, bool late) {
    Counts& counts = census.counts;
    const bool seen = parts.effects > 0;
    if (!parts.attempted) {
      if (seen) counts.phantom += times;
      return;
    }
    const Outcome outcome = parts.final_outcome();
    counts.attempted += times;
    if (parts.effects > 1) counts.duplicate += (parts.effects - 1) * times;
    if (outcome == Outcome::ok) {
      counts.acked += times;
      if (!seen) missing += times;
    } else if (outcome == Outcome::fail) {
      counts.failed += times;
      if (seen) counts.aborted_read += times;
    } else {
      counts.info += times;
      if (seen) counts.recovered += times;
    }
    if (seen && late && outcome != Outcome::fail) census.late_sent += times;
  };
  for (std::size_t state = 1; state < 15; ++state) {
    if (states[state] > 0) add(parts_of(static_cast<MessageState>(state)), states[state], false);
  }
  for (const auto& [code, message] : special_) add(message.parts, 1, message.late > skew_.count());
  census.counts.effects = tally_.effects;
  census.missing = missing;
  return census;
}

MessageState MessageStates::state(const MessageCode& code) const {
  if (code.split() && numbered_ == NumberedIds::dense) {
    if (const DenseStates::Space* const space = dense_.find(code.b)) return dense_.get(*space, code.a);
  }
  return sparse_.find(table_code(code));
}

MessageStates::Suspicion MessageStates::suspicion(const MessageCode& code) const {
  return suspicion(table_code(code), state(code));
}

MessageStates::Suspicion MessageStates::suspicion(const MessageCode& table_code, MessageState state) const {
  switch (state) {
    case MessageState::acked: return Suspicion::missing;
    case MessageState::refused_seen: return Suspicion::aborted_read;
    case MessageState::special: {
      const Special& message = special_.at(table_code);
      const MessageParts& parts = message.parts;
      if (message.phantom(skew_)) return Suspicion::phantom;
      if (parts.effects > 0 && parts.final_outcome() == Outcome::fail) return Suspicion::aborted_read;
      if (parts.effects == 0 && parts.outcome == Outcome::ok) return Suspicion::missing;
      break;
    }
    default: break;
  }
  return Suspicion::none;
}

std::vector<MessageCode> MessageStates::repeated() const {
  std::vector<MessageCode> codes = repeated_sent_;
  codes.insert(codes.end(), repeated_unsent_.begin(), repeated_unsent_.end());
  return codes;
}

MessageStates::Suspects MessageStates::suspects(std::size_t most, bool with_missing) const {
  Suspects found;
  std::array<bool, 16> wanted{};
  wanted[static_cast<std::size_t>(MessageState::acked)] = with_missing;
  wanted[static_cast<std::size_t>(MessageState::refused_seen)] = true;
  const auto add = [&](const MessageCode& code, MessageState state) {
    const Suspicion why = suspicion(code, state);
    if (why == Suspicion::none || (why == Suspicion::missing && !with_missing)) return;
    ++found.totals[static_cast<std::size_t>(why)];
    if (found.codes.size() <= most) found.codes.push_back(code);
  };
  dense_.visit(wanted, [&](std::uint64_t b, std::uint64_t number, MessageState state) { add({number, b}, state); });
  sparse_.visit(wanted, add);
  for (const auto& [code, message] : special_) add(code, MessageState::special);
  return found;
}

}  // namespace stormproof
