#include "harness/explore/sequential_test.h"

#include <gtest/gtest.h>

#include "harness/base/rng.h"

namespace stormproof {
namespace {

using Decision = SequentialTest::Decision;

struct Shares {
  double accepted = 0, rejected = 0, runs = 0;
};

/// Many tests of something that fails with this probability.
Shares simulate(const SequentialTest& rule, double rate, std::uint64_t seed) {
  constexpr int kTests = 2000;
  constexpr int kRunsMost = 5000;
  Rng rng(seed);
  Shares shares;
  for (int i = 0; i < kTests; ++i) {
    SequentialTest test = rule;
    while (test.decision() == Decision::undecided && test.runs() < kRunsMost) test.add(rng.chance(rate));
    shares.accepted += test.decision() == Decision::accept ? 1.0 / kTests : 0;
    shares.rejected += test.decision() == Decision::reject ? 1.0 / kTests : 0;
    shares.runs += static_cast<double>(test.runs()) / kTests;
  }
  return shares;
}

TEST(SequentialTestRule, KeepsItsErrorRates) {
  for (const double good : {0.1, 0.3, 0.6, 0.9}) {
    SCOPED_TRACE(good);
    const SequentialTest rule(good, good / 2, 0.05, 0.1);
    const Shares bad_ones = simulate(rule, good / 2, 11);
    const Shares good_ones = simulate(rule, good, 12);
    // Wald's bounds, and four standard errors of the simulation.
    EXPECT_LE(bad_ones.accepted, 0.05 / 0.9 + 0.02);
    EXPECT_LE(good_ones.rejected, 0.1 / 0.95 + 0.028);
    EXPECT_NEAR(bad_ones.accepted + bad_ones.rejected, 1, 1e-9);
    EXPECT_NEAR(good_ones.accepted + good_ones.rejected, 1, 1e-9);
  }
}

TEST(SequentialTestRule, NeverAcceptsWhatNeverFails) {
  for (const int failed : {1, 3, 10}) EXPECT_EQ(simulate(SequentialTest::against(failed, 10), 0, 5).accepted, 0);
}

TEST(SequentialTestRule, DecidesASureFailureInFiveRunsAndASureSuccessInTwo) {
  SequentialTest fails = SequentialTest::against(10, 10);
  while (fails.decision() == Decision::undecided) fails.add(true);
  EXPECT_EQ(fails.decision(), Decision::accept);
  EXPECT_EQ(fails.runs(), 5);
  EXPECT_EQ(fails.failures(), 5);

  SequentialTest passes = SequentialTest::against(10, 10);
  while (passes.decision() == Decision::undecided) passes.add(false);
  EXPECT_EQ(passes.decision(), Decision::reject);
  EXPECT_EQ(passes.runs(), 2);
}

TEST(SequentialTestRule, OneLuckyRunIsNeverEnough) {
  for (const int failed : {1, 2, 5, 10}) {
    SequentialTest test = SequentialTest::against(failed, 10);
    test.add(true);
    EXPECT_EQ(test.decision(), Decision::undecided) << failed;
  }
}

}  // namespace
}  // namespace stormproof
