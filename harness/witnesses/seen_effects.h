/// Which rows of a store were recorded already. Stores are read again and again; a row counts as new as often as it is
/// there more often than it was recorded. Rows are compared by a 64-bit hash of all their fields.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "harness/model/event.h"

namespace stormproof::witnesses {

class SeenEffects {
 public:
  /// A row that is certainly new (incremental reading).
  void add(const EventView& row);

  /// A complete read: begin_pass, take for every row, and at the end missing_after_pass.
  void begin_pass();
  /// True when the row was not recorded before.
  bool take(const EventView& row);
  /// How many rows recorded before the pass it did not show again: they vanished from the store, or changed.
  std::uint64_t missing_after_pass() const { return recorded_before_pass_ - matched_; }

  std::uint64_t recorded() const { return recorded_; }

 private:
  struct Count {
    std::uint32_t recorded = 0;
    std::uint32_t in_pass = 0;
    std::uint32_t pass = 0;
  };
  std::unordered_map<std::uint64_t, Count> counts_;
  std::uint32_t pass_ = 0;
  std::uint64_t recorded_ = 0;
  std::uint64_t recorded_before_pass_ = 0;
  std::uint64_t matched_ = 0;
};

}  // namespace stormproof::witnesses
