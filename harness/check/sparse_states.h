/// States of messages whose ids are no neighbours: 16 bytes an entry, 120 bits of them the id's code. Open addressing,
/// sorted by code, so that a search ends early and a larger table is a copy in order; in segments that grow by a fifth
/// one after the other, so that at most 25 bytes a message are in use at any time.
#pragma once

#include <array>
#include <cstdint>

#include "harness/check/message_state.h"
#include "harness/check/zeroed_memory.h"
#include "harness/history/message_code.h"

namespace stormproof {

class SparseStates {
 public:
  struct Slot {
    std::uint64_t a = 0;
    std::uint64_t b = 0;  // lowest four bits: the state; 0 is an empty slot

    MessageState state() const { return static_cast<MessageState>(b & 15U); }
    void set(MessageState state) { b = (b & ~std::uint64_t{15}) | static_cast<std::uint64_t>(state); }
  };

  /// `a` of a code must be spread over all 64 bits. The slot is new if its state is `unseen`; then the caller must set
  /// another before the next call. Valid until that call.
  Slot& at(const MessageCode& code);
  const Slot* find(const MessageCode& code) const;
  void prefetch(const MessageCode& code) const {
    const Segment& segment = segments_[code.a >> kSegmentShift];
    if (segment.capacity > 0) __builtin_prefetch(slots(segment) + home(segment, code.a), 1);
  }

  std::size_t bytes() const { return bytes_; }
  void count(std::array<std::uint64_t, 16>& states) const;
  /// visit(code, state) for all that `wanted` (by state) says.
  template <class Visit>
  void visit(const std::array<bool, 16>& wanted, const Visit& visit) const;

 private:
  static constexpr unsigned kSegmentShift = 59;  // 32 segments
  static constexpr std::size_t kTail = 256;      // behind the last home, so that no probe wraps around

  struct Segment {
    ZeroedMemory memory;
    std::size_t capacity = 0;  // homes
    std::size_t used = 0;
  };

  static Slot* slots(const Segment& segment) { return static_cast<Slot*>(segment.memory.data()); }
  static std::size_t home(const Segment& segment, std::uint64_t a) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::size_t>((static_cast<Wide>(a << (64 - kSegmentShift)) * segment.capacity) >> 64U);
  }
  static Slot* probe(const Segment& segment, const MessageCode& code);
  static bool holds(const Segment& segment, const Slot* slot, const MessageCode& code);
  /// Moves what stands there, up to the next empty slot, by one. False when there is none.
  static bool make_room(const Segment& segment, Slot* slot);
  static bool copy(const Segment& from, const Segment& to);
  void grow(Segment& segment);

  std::array<Segment, 32> segments_;
  std::size_t bytes_ = 0;
};

template <class Visit>
void SparseStates::visit(const std::array<bool, 16>& wanted, const Visit& visit) const {
  for (const Segment& segment : segments_) {
    for (std::size_t i = 0; segment.capacity > 0 && i < segment.capacity + kTail; ++i) {
      const Slot& slot = slots(segment)[i];
      if (slot.state() != MessageState::unseen && wanted[slot.b & 15U]) {
        visit(MessageCode{slot.a, slot.b & ~std::uint64_t{15}}, slot.state());
      }
    }
  }
}

}  // namespace stormproof
