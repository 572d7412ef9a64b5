/// Waits for something that has no condition variable to wait on. Never used where a result could be awaited itself.
#pragma once

#include <poll.h>

#include <functional>

#include "harness/base/clock.h"

namespace stormproof {

/// Asks every 2 ms until it holds. The limit is only ever reached by a failing test.
inline bool eventually(const std::function<bool()>& holds, Nanos limit = std::chrono::seconds(30)) {
  constexpr int kPauseMs = 2;
  const SteadyClock clock;
  while (!holds()) {
    if (clock.now() > limit) return false;
    poll(nullptr, 0, kPauseMs);
  }
  return true;
}

}  // namespace stormproof
