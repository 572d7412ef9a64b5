#include "harness/check/sparse_states.h"

#include <algorithm>
#include <cstring>

namespace stormproof {

namespace {
constexpr std::size_t kSmallest = 64;
}

/// The slot of the code, or the one before which it belongs.
SparseStates::Slot* SparseStates::probe(const Segment& segment, const MessageCode& code) {
  Slot* at = slots(segment) + home(segment, code.a);
  const Slot* const end = slots(segment) + segment.capacity + kTail;
  while (at != end && (at->b & 15U) != 0 && at->a < code.a) ++at;
  while (at != end && (at->b & 15U) != 0 && at->a == code.a && ((at->b ^ code.b) >> 8U) != 0) ++at;
  return at;
}

bool SparseStates::holds(const Segment& segment, const Slot* slot, const MessageCode& code) {
  return slot != slots(segment) + segment.capacity + kTail && (slot->b & 15U) != 0 && slot->a == code.a &&
         ((slot->b ^ code.b) >> 8U) == 0;
}

SparseStates::Slot& SparseStates::at(const MessageCode& code) {
  Segment& segment = segments_[code.a >> kSegmentShift];
  while (true) {
    if (segment.capacity > 0) {
      Slot* const slot = probe(segment, code);
      if (holds(segment, slot, code)) return *slot;
      // At most 17 of 20 are in use.
      if ((segment.used + 1) * 20 <= segment.capacity * 17 && make_room(segment, slot)) {
        ++segment.used;
        *slot = {code.a, code.b & ~std::uint64_t{15}};
        return *slot;
      }
    }
    grow(segment);
  }
}

bool SparseStates::make_room(const Segment& segment, Slot* slot) {
  const Slot* const end = slots(segment) + segment.capacity + kTail;
  Slot* empty = slot;
  while (empty != end && (empty->b & 15U) != 0) ++empty;
  if (empty == end) return false;
  std::memmove(slot + 1, slot, static_cast<std::size_t>(empty - slot) * sizeof(Slot));
  return true;
}

const SparseStates::Slot* SparseStates::find(const MessageCode& code) const {
  const Segment& segment = segments_[code.a >> kSegmentShift];
  if (segment.capacity == 0) return nullptr;
  const Slot* const slot = probe(segment, code);
  return holds(segment, slot, code) ? slot : nullptr;
}

void SparseStates::grow(Segment& segment) {
  std::size_t capacity = std::max(kSmallest, segment.capacity);
  Segment bigger;
  do {
    capacity += capacity / 5;
    bigger.memory = ZeroedMemory((capacity + kTail) * sizeof(Slot));
    bigger.capacity = capacity;
    bigger.used = segment.used;
  } while (!copy(segment, bigger));
  bytes_ += bigger.memory.size() - segment.memory.size();
  segment = std::move(bigger);
}

/// In order, from slot to slot: no probing. False when the last ones find no room before the end.
bool SparseStates::copy(const Segment& from, const Segment& to) {
  std::size_t next = 0;
  for (std::size_t i = 0; from.capacity > 0 && i < from.capacity + kTail; ++i) {
    const Slot& slot = slots(from)[i];
    if ((slot.b & 15U) == 0) continue;
    next = std::max(next, home(to, slot.a));
    if (next == to.capacity + kTail) return false;
    slots(to)[next++] = slot;
  }
  return true;
}

void SparseStates::count(std::array<std::uint64_t, 16>& states) const {
  std::array<bool, 16> all{};
  all.fill(true);
  visit(all, [&](const MessageCode&, MessageState state) { ++states[static_cast<std::size_t>(state)]; });
}

}  // namespace stormproof
