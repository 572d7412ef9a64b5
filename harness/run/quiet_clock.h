/// How long nothing has happened, in time the machine could give. Where twelve tasks want two processors, a target gets
/// a sixth of what it would get alone, and a second of its silence proves as little as a sixth of one.
#pragma once

#include "harness/base/clock.h"

namespace stormproof {

/// Pure.
class QuietClock {
 public:
  /// A machine as busy as this or busier may be blamed no further: a target that spins with hundreds of threads shall
  /// not put off its own verdict for ever.
  static constexpr double kMostDemand = 10;

  /// Returns how long it has been quiet. `demand`: tasks that want a processor, for each processor there is.
  Nanos on_tick(Nanos last_activity, Nanos now, double demand);

 private:
  Nanos last_activity_{-1};
  Nanos last_tick_{};
  Nanos quiet_{};
};

}  // namespace stormproof
