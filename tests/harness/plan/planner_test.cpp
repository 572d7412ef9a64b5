#include "harness/plan/planner.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "harness/plan/plan_json.h"
#include "harness/scenario/diagnostics.h"
#include "harness/scenario/scenario_reader.h"
#include "tests/harness/scenario/sample.h"
#include "tests/support/golden.h"
#include "tests/support/test_kinds.h"

namespace stormproof {
namespace {

Scenario sample() {
  const ScenarioFile file = read_scenario_text("sample.toml", std::string(kSample), test_kinds(), {});
  EXPECT_TRUE(file.ok()) << render(file);
  return file.cells.at(0);
}

const PlannedFault& fault_named(const Plan& plan, const std::string& name) {
  for (const PlannedFault& fault : plan.faults) {
    if (fault.spec.name == name) return fault;
  }
  ADD_FAILURE() << "no fault " << name;
  return plan.faults.front();
}

TEST(Planner, GoldenPlansKeepTheirDraws) {
  for (const std::filesystem::path& directory : golden_cases("plans")) {
    SCOPED_TRACE(directory.filename().string());
    const ScenarioFile file = read_scenario_text("input.toml", read_file(directory / "input.toml"), test_kinds(), {});
    ASSERT_TRUE(file.ok()) << render(file);
    const std::uint64_t seed = std::stoull(read_file(directory / "input.seed"));
    expect_golden(directory / "expected.json", plan_to_json(make_plan(file.cells.at(0), seed)));
  }
}

TEST(Planner, LeavesNothingToChance) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    const Plan plan = make_plan(sample(), seed);
    for (const PlannedFault& fault : plan.faults) {
      EXPECT_FALSE(fault.spec.target.ends_with("/any"));
      EXPECT_EQ(fault.spec.when.count_max, 0);
      EXPECT_EQ(fault.spec.when.time_max, Nanos{});
    }
    const std::int64_t count = plan.faults[0].spec.when.count;
    EXPECT_TRUE(count >= 100 && count <= 500) << count;
    const Nanos at = plan.faults[1].spec.when.time;
    EXPECT_TRUE(at >= std::chrono::seconds(1) && at <= std::chrono::seconds(3));
    EXPECT_EQ(at % std::chrono::milliseconds(1), Nanos{}) << "whole milliseconds in, whole milliseconds out";
  }
}

TEST(Planner, DrawsBothReplicasAndBothAnswersOverManySeeds) {
  std::set<std::string> targets;
  std::set<bool> armed;
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    const Plan plan = make_plan(sample(), seed);
    targets.insert(plan.faults[0].spec.target);
    armed.insert(plan.faults[0].armed);
  }
  EXPECT_EQ(targets, (std::set<std::string>{"client/0", "client/1"}));
  EXPECT_EQ(armed.size(), 2U);
}

TEST(Planner, KeepsTheScenarioAsWrittenBesideWhatIsDrawn) {
  const Plan plan = make_plan(sample(), 7);
  EXPECT_EQ(plan.scenario.faults[0].target, "client/any");
  EXPECT_EQ(plan.scenario.faults[0].when.count_max, 500);
  EXPECT_FALSE(plan.draws.empty());
}

TEST(Planner, AFaultThatWaitsForADisarmedOneIsDisarmedToo) {
  Scenario scenario = sample();
  scenario.faults[0].probability = 0;
  scenario.faults[1].when.kind = TriggerSpec::Kind::after;
  scenario.faults[1].when.fault = "kill";
  const Plan plan = make_plan(scenario, 1);
  EXPECT_FALSE(fault_named(plan, "kill").armed);
  EXPECT_FALSE(fault_named(plan, "slow").armed);
  EXPECT_TRUE(fault_named(plan, "kill-2").armed);
}

RC_GTEST_PROP(PlannerProperty, RemovingAFaultLeavesTheDrawsOfTheOthersAlone, (std::uint64_t seed)) {
  const Scenario whole = sample();
  const auto removed = *rc::gen::inRange<std::size_t>(0, whole.faults.size());
  Scenario less = whole;
  less.faults.erase(less.faults.begin() + static_cast<std::ptrdiff_t>(removed));
  const Plan before = make_plan(whole, seed);
  const Plan after = make_plan(less, seed);
  RC_ASSERT(before.source_stream == after.source_stream);
  for (const PlannedFault& fault : after.faults) {
    const PlannedFault& same = fault_named(before, fault.spec.name);
    RC_ASSERT(same.stream == fault.stream);
    RC_ASSERT(same.spec.target == fault.spec.target);
    RC_ASSERT(same.spec.when.count == fault.spec.when.count);
    RC_ASSERT(same.spec.when.time == fault.spec.when.time);
    RC_ASSERT(same.armed == fault.armed);
  }
}

RC_GTEST_PROP(PlanJsonProperty, APlanReadsBackEqual, (std::uint64_t seed)) {
  Scenario scenario = sample();
  scenario.description = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  scenario.timeout = Nanos(*rc::gen::inRange<std::int64_t>(0, INT64_MAX));
  scenario.faults[1].params.set("jitter", ParamValue(Nanos(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000))));
  scenario.faults[0].probability = *rc::gen::map(rc::gen::inRange(0, 1000), [](int n) { return n / 999.0; });
  const Plan plan = make_plan(scenario, seed);
  const std::string json = plan_to_json(plan);
  const Result<Plan> back = plan_from_json(json, test_kinds());
  RC_ASSERT(back.ok());
  const bool same = plan_to_json(*back) == json;
  RC_ASSERT(same);
  RC_ASSERT(back->seed == plan.seed);
  RC_ASSERT(back->scenario.description == scenario.description);
  RC_ASSERT(back->scenario.timeout == scenario.timeout);
  RC_ASSERT(back->faults[1].spec.params.duration("jitter") == scenario.faults[1].params.duration("jitter"));
  RC_ASSERT(back->faults[0].spec.probability == scenario.faults[0].probability);
  RC_ASSERT(back->scenario.targets[1].limits.memory == scenario.targets[1].limits.memory);
  RC_ASSERT(back->scenario.expects.size() == scenario.expects.size());
}

RC_GTEST_PROP(PlanJsonProperty, ADamagedPlanIsReadOrRefused, (std::uint64_t seed)) {
  std::string json = plan_to_json(make_plan(sample(), seed));
  const int edits = *rc::gen::inRange(1, 4);
  for (int i = 0; i < edits; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, json.size());
    const auto length = *rc::gen::inRange<std::size_t>(0, 20);
    json.replace(at, length, *rc::gen::element<std::string>("", "{", "}", "1", "-1", "null", "\"x\"", "[]", "\xff"));
  }
  const Result<Plan> plan = plan_from_json(json, test_kinds());
  const bool refused = !plan.ok() && plan.error().code == ErrorCode::usage;
  const bool answered = plan.ok() || refused;  // RC_ASSERT does not short-circuit
  RC_ASSERT(answered);
}

struct Damage {
  const char* from;
  const char* to;
  const char* message;
};

TEST(PlanJson, SaysWhatIsWrongWithAPlan) {
  const std::string json = plan_to_json(make_plan(sample(), 1));
  const std::vector<Damage> rows = {
      {"\"version\": 1", "\"version\": 2",
       "cannot read the plan: /version is 2, but this program reads plans of version 1"},
      {"\"version\": 1,", "", "cannot read the plan: this is not a plan: it has no version"},
      {"\"replicas\": 2", "\"replicas\": \"2\"",
       "cannot read the plan: /scenario/targets/1/replicas must be a whole number in range"},
      {"\"replicas\": 2", "\"replicas\": 2000",
       "cannot read the plan: target 'client' has an impossible number of replicas"},
      {"\"kind\": \"dataset\"", "\"kind\": \"datset\"",
       "cannot read the plan: /scenario/source this program has no kind 'datset'"},
      {"\"grace\": \"2s\"", "\"grace\": 2", "cannot read the plan: /scenario/targets/0/grace must be text"},
      {"\"grace\": \"2s\"", "\"grace\": \"2\"",
       "cannot read the plan: /scenario/targets/0/grace the duration '2' lacks a unit"},
      {"\"records\": 10\n", "\"records\": 0\n",
       "cannot read the plan: /scenario/source/params/records 'records' must be between 1 and 10000000, not 0"},
      {"\"to_port\": \"grpc\"", "\"to_port\": \"nope\"",
       "cannot read the plan: link 'feed' leads to the unknown port 'nope'"},
  };
  for (const Damage& row : rows) {
    std::string damaged = json;
    const std::size_t at = damaged.find(row.from);
    if (at == std::string::npos) {
      ADD_FAILURE() << row.from << " is not in\n" << json;
      continue;
    }
    damaged.replace(at, std::string_view(row.from).size(), row.to);
    const Result<Plan> plan = plan_from_json(damaged, test_kinds());
    ASSERT_FALSE(plan.ok()) << row.to;
    EXPECT_EQ(plan.error().message, row.message);
  }
  EXPECT_FALSE(plan_from_json("", test_kinds()).ok());
  EXPECT_FALSE(plan_from_json(std::string(100000, '['), test_kinds()).ok());
}

}  // namespace
}  // namespace stormproof
