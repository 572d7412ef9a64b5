#include "harness/check/sparse_states.h"

#include <algorithm>

#include "harness/base/assert.h"

namespace stormproof {

namespace {
constexpr std::size_t kSmallest = 64;
constexpr std::size_t kGrowth = 6;  // by a sixth
}  // namespace

SparseStates::Slot* SparseStates::probe(const Segment& segment, const MessageCode& code) {
  Slot* at = slots(segment) + home(segment, code.a);
  Slot* const end = slots(segment) + segment.capacity + kTail;
  while (at != end && (at->b & 15U) != 0 && (at->a != code.a || ((at->b ^ code.b) >> 8U) != 0)) ++at;
  return at == end ? nullptr : at;
}

SparseStates::Slot& SparseStates::at(const MessageCode& code) {
  Segment& segment = segments_[code.a >> kSegmentShift];
  while (true) {
    Slot* const slot = segment.capacity > 0 ? probe(segment, code) : nullptr;
    if (slot != nullptr && slot->state() != MessageState::unseen) return *slot;
    if (slot != nullptr && (segment.used + 1) * 5 <= segment.capacity * 4) {
      ++segment.used;
      slot->a = code.a;
      slot->b = code.b & ~std::uint64_t{15};
      return *slot;
    }
    grow(segment);
  }
}

const SparseStates::Slot* SparseStates::find(const MessageCode& code) const {
  const Segment& segment = segments_[code.a >> kSegmentShift];
  const Slot* const slot = segment.capacity > 0 ? probe(segment, code) : nullptr;
  return slot == nullptr || slot->state() == MessageState::unseen ? nullptr : slot;
}

void SparseStates::grow(Segment& segment) {
  std::size_t capacity = std::max(kSmallest, segment.capacity + segment.capacity / kGrowth);
  while (true) {
    Segment bigger;
    bigger.memory = ZeroedMemory((capacity + kTail) * sizeof(Slot));
    bigger.capacity = capacity;
    bigger.used = segment.used;
    bool fits = true;
    for (std::size_t i = 0; fits && segment.capacity > 0 && i < segment.capacity + kTail; ++i) {
      const Slot& slot = slots(segment)[i];
      if (slot.state() == MessageState::unseen) continue;
      Slot* const to = probe(bigger, {slot.a, slot.b});
      fits = to != nullptr;
      if (fits) *to = slot;
    }
    if (fits) {
      bytes_ += bigger.memory.size() - segment.memory.size();
      segment = std::move(bigger);
      return;
    }
    capacity += capacity / kGrowth;
  }
}

void SparseStates::count(std::array<std::uint64_t, 16>& states) const {
  std::array<bool, 16> all{};
  all.fill(true);
  visit(all, [&](const MessageCode&, MessageState state) { ++states[static_cast<std::size_t>(state)]; });
}

}  // namespace stormproof
