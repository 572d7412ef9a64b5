#include "harness/explore/explorer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/harness/explore/sample_topology.h"
#include "tests/harness/explore/simulated_lab.h"

namespace stormproof {
namespace {

Palette sample_palette() { return *make_palette(read_sample().cells.at(0), test_kinds()); }

double when_killed(const Schedule& schedule) {
  const bool killed =
      std::any_of(schedule.faults.begin(), schedule.faults.end(), [](const FaultSpec& f) { return f.kind == "kill"; });
  return killed ? 1 : 0;
}

ExploreReport explored(SimulatedLab& lab, ExploreOptions options) {
  ExploreListener silent;
  return explore(sample_palette(), lab, options, silent);
}

TEST(Explorer, FindsAndShrinks) {
  SimulatedLab lab(when_killed, 1);
  const ExploreReport report = explored(lab, {.seed = 5});
  EXPECT_EQ(report.end, ExploreEnd::found);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].anomaly, "lost");
  ASSERT_EQ(report.findings[0].shrunk.schedule.faults.size(), 1U);
  EXPECT_EQ(report.findings[0].shrunk.schedule.faults[0].kind, "kill");
  EXPECT_EQ(report.findings[0].shrunk.failures, 20);
}

TEST(Explorer, ASoundSystemGetsAllItsTrials) {
  SimulatedLab lab([](const Schedule&) { return 0.0; }, 1);
  const ExploreReport report = explored(lab, {.runs = 50, .seed = 5});
  EXPECT_EQ(report.end, ExploreEnd::runs);
  EXPECT_EQ(report.trials, 50U);
  EXPECT_EQ(report.passed, 50U);
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(lab.trials, 51U);  // and the probe
}

TEST(Explorer, EndsWhenNothingNewAppears) {
  SimulatedLab lab([](const Schedule&) { return 0.0; }, 1);
  lab.features = [](const Schedule& s) { return std::set<std::string>{s.faults.empty() ? "" : s.faults[0].kind}; };
  const ExploreReport report = explored(lab, {.runs = 5000, .patience = 40, .seed = 5});
  EXPECT_EQ(report.end, ExploreEnd::patience);
  EXPECT_LT(report.trials, 500U);
}

TEST(Explorer, ATrialThatCannotRunDoesNotEndIt) {
  SimulatedLab lab([](const Schedule&) { return 0.0; }, 1);
  lab.breaks = [&](const Trial&) { return lab.trials % 3 == 0; };
  const ExploreReport report = explored(lab, {.runs = 60, .seed = 5});
  EXPECT_EQ(report.end, ExploreEnd::runs);
  EXPECT_EQ(report.trials, 60U);
  EXPECT_EQ(report.could_not, 20U);
}

TEST(Explorer, AMachineThatRunsNothingDoes) {
  SimulatedLab lab([](const Schedule&) { return 0.0; }, 1);
  lab.breaks = [](const Trial& trial) { return !trial.schedule.faults.empty(); };
  const ExploreReport report = explored(lab, {.runs = 500, .seed = 5});
  EXPECT_EQ(report.end, ExploreEnd::no_trials);
  EXPECT_EQ(report.trials, 10U);
  EXPECT_EQ(report.trouble, "no such program");
}

TEST(Explorer, AProbeThatFailsIsTheFinding) {
  SimulatedLab lab([](const Schedule&) { return 1.0; }, 1);
  const ExploreReport report = explored(lab, {.seed = 5});
  EXPECT_EQ(report.end, ExploreEnd::found);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].found_at, 0U);
  EXPECT_TRUE(report.findings[0].shrunk.schedule.faults.empty());
}

TEST(Explorer, InterruptedAtAnyMomentItKeepsWhatItFound) {
  for (std::size_t stop = 1; stop < 80; ++stop) {
    SimulatedLab lab(when_killed, 1);
    lab.stop_after = stop;
    bool failed = false;
    lab.on_trial = [&](const Trial& trial) { failed = failed || when_killed(trial.schedule) > 0; };
    const ExploreReport report = explored(lab, {.seed = 5});
    if (lab.stopped()) {
      EXPECT_EQ(report.end, ExploreEnd::stopped);
    }
    EXPECT_EQ(report.findings.size(), failed ? 1U : 0U) << stop;
    if (failed) {
      EXPECT_EQ(when_killed(report.findings[0].shrunk.schedule), 1.0) << stop;
    }
  }
}

TEST(Explorer, TheSameSeedTriesTheSame) {
  const auto schedules = [] {
    std::string all;
    SimulatedLab lab([](const Schedule&) { return 0.0; }, 1);
    lab.features = [](const Schedule& s) { return std::set<std::string>{to_text(s)}; };
    lab.on_trial = [&](const Trial& trial) { all += to_text(trial.schedule); };
    explored(lab, {.runs = 40, .seed = 9});
    return all;
  };
  EXPECT_EQ(schedules(), schedules());
}

/// A chain that only small steps climb: each step shows a new feature, the last one fails.
double trials_to_climb(bool guided, std::uint64_t seed) {
  const auto height = [](const Schedule& s) {
    std::size_t most = 0;
    for (const FaultSpec& fault : s.faults) {
      if (fault.when.kind != TriggerSpec::Kind::effects || fault.kind != "kill") continue;
      most = std::max(most, static_cast<std::size_t>(fault.when.count / 100));
    }
    const bool paused = std::any_of(s.faults.begin(), s.faults.end(), [](const auto& f) {
      return f.kind == "pause" && f.when.kind == TriggerSpec::Kind::after;
    });
    return most + (paused ? 1 : 0);
  };
  SimulatedLab lab([&](const Schedule& s) { return height(s) >= 10 ? 1.0 : 0.0; }, 1);
  lab.features = [&](const Schedule& s) {
    std::set<std::string> all;
    for (std::size_t h = 0; h <= height(s); ++h) all.insert("height " + std::to_string(h));
    return all;
  };
  const ExploreReport report = explored(lab, {.runs = 5000, .seed = seed, .guided = guided, .shrink_budget = 0});
  return static_cast<double>(report.trials);
}

TEST(Explorer, GuidanceNeedsFewerTrialsWhereStepsLeadThere) {
  double guided = 0, blind = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    guided += std::log(trials_to_climb(true, seed));
    blind += std::log(trials_to_climb(false, seed));
  }
  EXPECT_LT(std::exp((guided - blind) / 20), 0.7);
}

}  // namespace
}  // namespace stormproof
