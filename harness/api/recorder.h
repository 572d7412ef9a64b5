/// Where everybody writes what happened.
#pragma once

#include "harness/model/event.h"

namespace stormproof {

/// Live totals, readable from any thread at any time.
struct LiveCounts {
  std::uint64_t sent = 0;   ///< invoke
  std::uint64_t acked = 0;  ///< ok
  std::uint64_t failed = 0;
  std::uint64_t info = 0;
  std::uint64_t effects = 0;
  std::uint64_t dropped = 0;  ///< events lost because the disk could not keep up; makes the verdict unknown
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Appends one event, stamping `t` with now. Any thread; copies the text; never waits for the disk: when the
  /// writer cannot keep up the event is counted as dropped. Order of return is order in the history.
  virtual void record(EventView event) = 0;
  virtual LiveCounts counts() const = 0;
};

}  // namespace stormproof
