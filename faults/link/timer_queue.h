/// When to look at which connection again. An entry cannot be taken back: whoever it wakes looks whether it was meant.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "harness/base/clock.h"

namespace stormproof {

class TimerQueue {
 public:
  struct Entry {
    Nanos due{};
    std::uint64_t key = 0;
    bool operator>(const Entry& other) const { return due > other.due; }
  };

  void add(Nanos due, std::uint64_t key) { entries_.push({due, key}); }
  /// Nanos::max() when there is none.
  Nanos next() const { return entries_.empty() ? Nanos::max() : entries_.top().due; }
  Entry take() {
    const Entry entry = entries_.top();
    entries_.pop();
    return entry;
  }

 private:
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> entries_;
};

}  // namespace stormproof
