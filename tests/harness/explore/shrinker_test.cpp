#include "harness/explore/shrinker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/harness/explore/simulated_lab.h"

namespace stormproof {
namespace {

FaultSpec fault(const std::string& kind, const std::string& target, std::int64_t effects) {
  FaultSpec spec;
  spec.kind = kind;
  spec.name = kind + target + std::to_string(effects);
  spec.target = target;
  spec.when.kind = TriggerSpec::Kind::effects;
  spec.when.count = effects;
  return spec;
}

/// Nine faults, of which `guilty` are needed.
Schedule nine_faults(const std::vector<std::size_t>& guilty) {
  Schedule schedule;
  for (std::size_t i = 0; i < 9; ++i) {
    const bool needed = std::find(guilty.begin(), guilty.end(), i) != guilty.end();
    schedule.faults.push_back(
        fault(needed ? "kill" : "pause", "client/" + std::to_string(i), 100 + 7 * static_cast<std::int64_t>(i)));
    if (!needed) schedule.faults.back().lasts = std::chrono::milliseconds(300);
  }
  return schedule;
}

std::size_t kills(const Schedule& schedule) {
  return static_cast<std::size_t>(std::count_if(schedule.faults.begin(), schedule.faults.end(),
                                                [](const FaultSpec& f) { return f.kind == "kill"; }));
}

TEST(Shrinker, FindsTheOneFaultThatMatters) {
  SimulatedLab lab([](const Schedule& s) { return kills(s) >= 1 ? 1.0 : 0.0; }, 1);
  const ShrinkResult result = shrink(nine_faults({4}), lab, {.anomaly = "lost", .seed = 3});
  ASSERT_EQ(result.schedule.faults.size(), 1U);
  EXPECT_EQ(result.schedule.faults[0].kind, "kill");
  EXPECT_EQ(result.schedule.faults[0].when.count, 1);  // any count will do, so the smallest is kept
  EXPECT_EQ(result.failures, result.runs);
  EXPECT_LE(result.trials_to_fewest_faults, 60);
}

TEST(Shrinker, StartsWithTheFaultThatWasBlamed) {
  SimulatedLab lab([](const Schedule& s) { return kills(s) >= 1 ? 1.0 : 0.0; }, 1);
  const Schedule schedule = nine_faults({4});
  const ShrinkResult result =
      shrink(schedule, lab, {.anomaly = "lost", .seed = 3, .hints = {{schedule.faults[4].name}, 0}});
  EXPECT_EQ(result.schedule.faults.size(), 1U);
  EXPECT_EQ(result.trials_to_fewest_faults, 13);  // 10 to learn the rate, 3 to accept
}

TEST(Shrinker, KeepsBothFaultsWhereTwoAreNeeded) {
  SimulatedLab lab([](const Schedule& s) { return kills(s) >= 2 ? 1.0 : 0.0; }, 1);
  const ShrinkResult result = shrink(nine_faults({1, 7}), lab, {.anomaly = "lost", .budget = 400, .seed = 3});
  EXPECT_EQ(result.schedule.faults.size(), 2U);
  EXPECT_EQ(kills(result.schedule), 2U);
}

TEST(Shrinker, LowersTheWorkloadAsFarAsItStillFails) {
  const auto enough = [](const Schedule& s) { return kills(s) >= 1 && (s.messages == 0 || s.messages >= 200); };
  SimulatedLab lab([&](const Schedule& s) { return enough(s) ? 1.0 : 0.0; }, 1);
  const ShrinkResult result =
      shrink(nine_faults({2}), lab, {.anomaly = "lost", .budget = 400, .seed = 3, .hints = {{}, 1600}});
  EXPECT_EQ(result.schedule.messages, 200);
}

TEST(Shrinker, AGentlerFaultIsPreferred) {
  SimulatedLab lab([](const Schedule& s) { return s.faults.empty() ? 0.0 : 1.0; }, 1);
  Schedule schedule;
  schedule.faults = {fault("kill", "client", 100)};
  const ShrinkResult result = shrink(schedule, lab, {.anomaly = "lost", .budget = 400, .seed = 3});
  ASSERT_EQ(result.schedule.faults.size(), 1U);
  EXPECT_EQ(result.schedule.faults[0].kind, "pause");
  EXPECT_EQ(result.schedule.faults[0].target, "client/0");
}

TEST(Shrinker, SaysWhenTheFailureNeverComesBack) {
  SimulatedLab lab([](const Schedule&) { return 0.0; }, 1);
  const ShrinkResult result = shrink(nine_faults({4}), lab, {.anomaly = "lost", .seed = 3});
  EXPECT_FALSE(result.reproduces());
  EXPECT_EQ(result.schedule.faults.size(), 9U);
  EXPECT_EQ(result.runs, 10);
}

TEST(Shrinker, AnotherAnomalyIsNotTheSameFailure) {
  SimulatedLab lab([](const Schedule&) { return 1.0; }, 1);
  lab.anomaly = "duplicate";
  EXPECT_FALSE(shrink(nine_faults({4}), lab, {.anomaly = "lost", .seed = 3}).reproduces());
}

TEST(Shrinker, StaysWithinItsBudget) {
  SimulatedLab lab([](const Schedule& s) { return kills(s) >= 1 ? 0.3 : 0.0; }, 1);
  const ShrinkResult result = shrink(nine_faults({4}), lab, {.anomaly = "lost", .budget = 50, .seed = 3});
  EXPECT_TRUE(result.exhausted);
  // The confirming runs come on top: at most one round of them a step.
  EXPECT_LE(lab.trials, 50U + 20U * 9U);
  EXPECT_GE(kills(result.schedule), 1U);
}

TEST(Shrinker, KeepsWhatItHasWhenTheUserStopsIt) {
  SimulatedLab lab([](const Schedule& s) { return kills(s) >= 1 ? 1.0 : 0.0; }, 1);
  lab.stop_after = 30;
  const ShrinkResult result = shrink(nine_faults({4}), lab, {.anomaly = "lost", .seed = 3});
  EXPECT_TRUE(result.exhausted);
  EXPECT_GE(kills(result.schedule), 1U);
  EXPECT_EQ(lab.trials, 30U);
}

TEST(Shrinker, BrokenTrialsCountForNothing) {
  SimulatedLab lab([](const Schedule& s) { return kills(s) >= 1 ? 1.0 : 0.0; }, 1);
  std::size_t asked = 0;
  lab.breaks = [&](const Trial&) { return ++asked % 7 == 0; };
  const ShrinkResult result = shrink(nine_faults({4}), lab, {.anomaly = "lost", .budget = 400, .seed = 3});
  EXPECT_EQ(result.schedule.faults.size(), 1U);
  EXPECT_EQ(result.failures, 20);
}

/// A failure that comes and goes: the result must truly fail, and about as often as is claimed.
TEST(ShrinkerLaw, WhatItReturnsFailsAsOftenAsItSays) {
  constexpr std::uint64_t kSeeds = 25;
  for (const double rate : {0.05, 0.1, 0.3, 0.5, 0.7, 0.9}) {
    int single = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      SCOPED_TRACE(testing::Message() << "rate " << rate << ", seed " << seed);
      const auto truth = [&](const Schedule& s) { return kills(s) >= 1 ? rate : 0.0; };
      SimulatedLab lab(truth, seed);
      const ShrinkResult result =
          shrink(nine_faults({seed % 9}), lab, {.anomaly = "lost", .budget = 5000, .base_runs = 40, .seed = seed});
      if (result.base_failures == 0) continue;
      EXPECT_GT(truth(result.schedule), 0);
      EXPECT_EQ(result.runs, 20);
      // 20 fresh runs: the claim is no more than five standard deviations from the truth.
      const double claimed = static_cast<double>(result.failures) / result.runs;
      EXPECT_LE(std::abs(claimed - rate), 5 * std::sqrt(rate * (1 - rate) / 20));
      single += result.schedule.faults.size() == 1 ? 1 : 0;
    }
    // A rate that was overestimated by luck makes it careful; that must be rare where failures are not.
    if (rate >= 0.3) {
      EXPECT_GE(single, 20) << rate;
    }
  }
}

/// Some simplifications keep the failure but make it rare: those must not be taken.
TEST(ShrinkerLaw, ASimplerScheduleThatFailsMuchLessIsNotTaken) {
  const auto truth = [](const Schedule& s) { return kills(s) >= 2 ? 0.9 : kills(s) == 1 ? 0.15 : 0.0; };
  int weak = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SimulatedLab lab(truth, seed);
    const ShrinkResult result = shrink(nine_faults({2, 5}), lab, {.anomaly = "lost", .budget = 2000, .seed = seed});
    if (kills(result.schedule) < 2) ++weak;
  }
  EXPECT_LE(weak, 2);
}

/// The bar: from six faults or more to two or fewer, in the median within 60 trials.
TEST(ShrinkerLaw, SixtyTrialsSufficeForNineFaults) {
  std::vector<int> trials;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SimulatedLab lab([](const Schedule& s) { return kills(s) >= 1 ? 0.95 : 0.0; }, seed);
    const ShrinkResult result = shrink(nine_faults({seed % 9}), lab, {.anomaly = "lost", .budget = 400, .seed = seed});
    EXPECT_LE(result.schedule.faults.size(), 2U);
    trials.push_back(result.trials_to_fewest_faults);
  }
  std::sort(trials.begin(), trials.end());
  EXPECT_LE(trials[trials.size() / 2], 60);
}

}  // namespace
}  // namespace stormproof
