/// Events of a history in the form in which they are judged fastest: 24 bytes for an operation or effect of which only
/// id, type and time matter, everything else as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "harness/history/message_code.h"
#include "harness/model/event.h"

namespace stormproof {

/// An operation or effect. The three lowest bits of `b` are its EventType, the rest is its message's code. Without
/// initial values: thousands of them are made at once, to be overwritten.
struct PlainEvent {
  static constexpr std::uint64_t kTypeMask = 7;
  std::int64_t t;
  std::uint64_t a;
  std::uint64_t b;

  EventType type() const { return static_cast<EventType>(b & kTypeMask); }
  MessageCode code() const { return {a, b & ~kTypeMask}; }
};

/// Operations and effects are; what else there is in a history is kept as it is.
constexpr bool is_plain(EventType type) { return type >= EventType::invoke && type <= EventType::effect; }

/// For vectors whose resize() does not write what will be overwritten anyway.
template <class Value>
struct Unwritten : std::allocator<Value> {
  void construct(Value* at) { ::new (static_cast<void*>(at)) Value; }
  template <class... Args>
  void construct(Value* at, Args&&... args) {
    ::new (static_cast<void*>(at)) Value{std::forward<Args>(args)...};
  }
};

/// A stretch of a history that can be read again by itself.
struct Place {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::int64_t before = 0;  ///< time of the event before it: that of lines without one
  /// The numbers in it, when all ids are split and have one prefix (`b` of their code); else `b` is 0.
  std::uint64_t b = 0;
  std::uint64_t lowest = UINT64_MAX;
  std::uint64_t highest = 0;
};

struct Batch {
  struct Other {
    std::size_t before = 0;  ///< stands before plain[before]
    Event event;
  };
  std::vector<PlainEvent, Unwritten<PlainEvent>> plain;
  std::vector<Other> others;
  Place place;
  bool has_seq = false;
  bool has_digest = false;
  bool has_witness = false;  ///< an effect names its witness in its detail (harness/check/README.md)

  void clear();
  void add(const EventView& event);
  /// Fills in the numbers of `place`, unless they are there. Once, at the end.
  void measure();
};

}  // namespace stormproof
