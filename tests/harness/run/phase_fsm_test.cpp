#include "harness/run/phase_fsm.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace stormproof {
namespace {

using std::chrono::milliseconds;

constexpr PhaseRules kRules{milliseconds(1000), milliseconds(200)};

/// What there is to see, and when something happened last.
struct Seen : Observation {
  Nanos last_activity{};
};

Seen all_done(Nanos last_activity) {
  Seen seen;
  seen.source_finished = true;
  seen.last_activity = last_activity;
  return seen;
}

RunPhase tick(PhaseFsm& fsm, Seen seen, Nanos now) {
  seen.quiet = now - seen.last_activity;
  return fsm.on_tick(seen);
}

TEST(PhaseFsm, DriveEndsAtOnceWhenNothingIsMissingAndAllFaultsAreSettled) {
  PhaseFsm fsm(kRules);
  EXPECT_EQ(tick(fsm, all_done(milliseconds(10)), milliseconds(10)), RunPhase::drain);
}

TEST(PhaseFsm, AMissingMessageIsWaitedForUntilItHasBeenQuietForSettle) {
  PhaseFsm fsm(kRules);
  Seen seen = all_done(milliseconds(100));
  seen.missing = 1;
  EXPECT_EQ(tick(fsm, seen, milliseconds(1099)), RunPhase::drive);
  EXPECT_EQ(tick(fsm, seen, milliseconds(1100)), RunPhase::drain);
  EXPECT_EQ(tick(fsm, seen, milliseconds(1105)), RunPhase::over);
}

TEST(PhaseFsm, AHealAtTheEndOfDriveIsGivenSettleAgain) {
  PhaseFsm fsm(kRules);
  Seen seen = all_done(milliseconds(100));
  seen.missing = 1;
  EXPECT_EQ(tick(fsm, seen, milliseconds(1100)), RunPhase::drain);
  seen.last_activity = milliseconds(1100);  // the heal
  EXPECT_EQ(tick(fsm, seen, milliseconds(2099)), RunPhase::drain);
  EXPECT_EQ(tick(fsm, seen, milliseconds(2100)), RunPhase::over);
}

TEST(PhaseFsm, ALateEffectProlongsTheDrain) {
  PhaseFsm fsm(kRules);
  tick(fsm, all_done(Nanos{}), milliseconds(10));
  EXPECT_EQ(tick(fsm, all_done(milliseconds(150)), milliseconds(349)), RunPhase::drain);
  EXPECT_EQ(tick(fsm, all_done(milliseconds(150)), milliseconds(350)), RunPhase::over);
}

TEST(PhaseFsm, AFaultOnTheClockIsAlwaysWaitedFor) {
  PhaseFsm fsm(kRules);
  Seen seen = all_done(Nanos{});
  seen.timed_fault_pending = true;
  EXPECT_EQ(tick(fsm, seen, std::chrono::hours(1)), RunPhase::drive);
}

TEST(PhaseFsm, AFaultThatWaitsForACountIsGivenUpAfterSettle) {
  PhaseFsm fsm(kRules);
  Seen seen = all_done(milliseconds(100));
  seen.faults_settled = false;
  EXPECT_EQ(tick(fsm, seen, milliseconds(500)), RunPhase::drive);
  EXPECT_EQ(tick(fsm, seen, milliseconds(1100)), RunPhase::drain);
}

TEST(PhaseFsm, DeadTargetsAreNotWaitedFor) {
  PhaseFsm fsm(kRules);
  Seen seen = all_done(milliseconds(100));
  seen.missing = 5;
  seen.targets_gone = true;
  EXPECT_EQ(tick(fsm, seen, milliseconds(110)), RunPhase::drain);
  EXPECT_EQ(tick(fsm, seen, milliseconds(299)), RunPhase::drain);
  EXPECT_EQ(tick(fsm, seen, milliseconds(300)), RunPhase::over);
}

RC_GTEST_PROP(PhaseFsm, OnceItIsQuietTheRunEndsWithinTwoSettles, ()) {
  PhaseFsm fsm(kRules);
  Nanos now{};
  Nanos last{};
  const auto steps = *rc::gen::container<std::vector<bool>>(rc::gen::arbitrary<bool>());
  for (const bool active : steps) {
    now += milliseconds(50);
    if (active) last = now;
    Seen seen = all_done(last);
    seen.missing = *rc::gen::inRange<std::uint64_t>(0, 3);
    seen.faults_settled = *rc::gen::arbitrary<bool>();
    tick(fsm, seen, now);
  }
  Seen quiet = all_done(last);
  quiet.missing = *rc::gen::inRange<std::uint64_t>(0, 3);
  quiet.faults_settled = *rc::gen::arbitrary<bool>();
  const Nanos end = now + 2 * kRules.settle + milliseconds(100);
  while (now < end) tick(fsm, quiet, now += milliseconds(5));
  RC_ASSERT(fsm.phase() == RunPhase::over);
}

}  // namespace
}  // namespace stormproof
