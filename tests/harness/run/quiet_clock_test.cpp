#include "harness/run/quiet_clock.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace stormproof {
namespace {

using namespace std::chrono_literals;

TEST(QuietClock, CountsTimeSinceTheLastActivity) {
  QuietClock clock;
  EXPECT_EQ(clock.on_tick(0ms, 10ms, 0.5), 10ms);
  EXPECT_EQ(clock.on_tick(0ms, 30ms, 1), 30ms);
  EXPECT_EQ(clock.on_tick(25ms, 35ms, 1), 5ms);
}

TEST(QuietClock, GoesSlowerOnABusyMachine) {
  QuietClock clock;
  EXPECT_EQ(clock.on_tick(0ms, 10ms, 4), 2500us);
  EXPECT_EQ(clock.on_tick(0ms, 20ms, 2), 7500us);
  EXPECT_EQ(clock.on_tick(20ms, 30ms, 2), 5ms) << "what was before an activity is forgotten";
}

RC_GTEST_PROP(QuietClock, IsNeverFasterThanTimeNorSlowerThanItsBound, ()) {
  QuietClock clock;
  Nanos now{};
  Nanos quiet{};
  for (const double demand : *rc::gen::arbitrary<std::vector<double>>()) {
    now += 10ms;
    quiet = clock.on_tick(Nanos{}, now, demand);
  }
  RC_ASSERT(quiet <= now);
  RC_ASSERT(quiet + 1us >= Nanos(now.count() / static_cast<std::int64_t>(QuietClock::kMostDemand)));
}

}  // namespace
}  // namespace stormproof
