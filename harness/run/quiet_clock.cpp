#include "harness/run/quiet_clock.h"

#include <algorithm>

namespace stormproof {

Nanos QuietClock::on_tick(Nanos last_activity, Nanos now, double demand) {
  const Nanos since = std::max(last_tick_, last_activity);
  if (last_activity > last_activity_) quiet_ = Nanos{};
  const double passed = static_cast<double>((now - since).count()) / std::clamp(demand, 1.0, kMostDemand);
  quiet_ += Nanos(static_cast<std::int64_t>(passed));
  last_activity_ = last_activity;
  last_tick_ = now;
  return quiet_;
}

}  // namespace stormproof
