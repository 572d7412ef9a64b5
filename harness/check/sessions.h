/// Who reads, and since when without a break. A new session of a reader (`by`) begins when its process starts again,
/// when its events name another connection ("connection=4" in their detail), and at a note with id "assigned": the
/// reader took up new work, and where it begins is not its own choice. Shared by the invariants about streams.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "harness/check/check_context.h"
#include "harness/check/interner.h"

namespace stormproof {

class Sessions {
 public:
  /// Every event, before `of` is asked about it.
  void on_event(const EventView& event, const CheckContext& context);
  /// The session of the event that was shown last; equal numbers are equal sessions.
  std::uint64_t current() const { return current_; }

 private:
  std::unordered_map<std::uint32_t, std::uint32_t> starts_;  // by reader
  Interner connections_;
  std::uint64_t current_ = 0;
};

}  // namespace stormproof
