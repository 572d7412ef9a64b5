#include "harness/base/clock.h"

namespace stormproof {

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace stormproof
