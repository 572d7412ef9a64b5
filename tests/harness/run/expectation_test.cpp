#include <gtest/gtest.h>

#include "harness/run/campaign.h"
#include "harness/run/fault_words.h"
#include "harness/run/run_dir.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

Scenario expecting(std::string verdict, std::vector<std::string> anomalies) {
  Scenario scenario;
  scenario.cell = {{"level", "naive"}};
  ExpectSpec expect;
  expect.match = {{"level", "naive"}};
  expect.verdict = std::move(verdict);
  expect.any_anomalies = anomalies.empty();
  expect.anomalies = std::move(anomalies);
  scenario.expects.push_back(expect);
  return scenario;
}

RunSummary failed_with(const std::vector<std::string>& kinds) {
  RunSummary summary;
  summary.verdict = kinds.empty() ? Verdict::pass : Verdict::fail;
  InvariantResult result;
  for (const std::string& kind : kinds) {
    Anomaly anomaly;
    anomaly.kind = kind;
    result.anomalies.push_back(anomaly);
  }
  summary.invariants.push_back(result);
  return summary;
}

TEST(Expectation, AnExpectedFailureIsAPass) {
  RunSummary summary = failed_with({"lost", "lost"});
  judge_expectation(expecting("fail", {"lost"}), summary);
  EXPECT_TRUE(summary.as_expected);
  EXPECT_EQ(exit_code_of(summary), ExitCode::pass);
}

TEST(Expectation, AnUnexpectedPassIsAFail) {
  RunSummary summary = failed_with({});
  judge_expectation(expecting("fail", {"lost"}), summary);
  EXPECT_FALSE(summary.as_expected);
  EXPECT_EQ(summary.expect_detail, "expected fail (lost), got pass");
  EXPECT_EQ(exit_code_of(summary), ExitCode::fail);
}

TEST(Expectation, AnotherAnomalyThanTheExpectedOneIsAFail) {
  RunSummary summary = failed_with({"lost", "duplicate"});
  judge_expectation(expecting("fail", {"lost"}), summary);
  EXPECT_EQ(summary.expect_detail, "expected fail (lost), got fail (duplicate, lost)");
  EXPECT_EQ(exit_code_of(summary), ExitCode::fail);
}

TEST(Expectation, WithoutAnExpectationTheVerdictCounts) {
  RunSummary summary = failed_with({"lost"});
  judge_expectation(Scenario{}, summary);
  EXPECT_EQ(exit_code_of(summary), ExitCode::fail);
  summary.verdict = Verdict::unknown;
  EXPECT_EQ(exit_code_of(summary), ExitCode::unknown);
}

TEST(Expectation, OverManyRunsFailBeatsEnvironmentBeatsUnknown) {
  CampaignSummary campaign;
  RunSummary run;
  run.verdict = Verdict::unknown;
  campaign.runs.push_back(run);
  EXPECT_EQ(exit_code_of(campaign), ExitCode::unknown);
  run.outcome = RunOutcome::environment;
  campaign.runs.push_back(run);
  EXPECT_EQ(exit_code_of(campaign), ExitCode::environment);
  campaign.runs.push_back(failed_with({"lost"}));
  EXPECT_EQ(exit_code_of(campaign), ExitCode::fail);
}

TEST(Triggers, AreDescribedInTheWordsOfTheScenarioFile) {
  TriggerSpec trigger;
  trigger.kind = TriggerSpec::Kind::effects;
  trigger.count = 500;
  trigger.occurrence = 2;
  EXPECT_EQ(describe(trigger), "effects = 500, occurrence = 2");
  trigger = {};
  trigger.kind = TriggerSpec::Kind::log;
  trigger.pattern = "ready";
  trigger.target = "client/0";
  trigger.delay = std::chrono::milliseconds(5);
  EXPECT_EQ(describe(trigger), "log = 'ready', on = \"client/0\", delay = \"5ms\"");
}

TEST(RunDirectory, RefusesToWriteOverAnEarlierRun) {
  const TempDir temp;
  auto first = RunDir::create(temp / "run");
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(first->write_file(first->history(), "x").ok());
  const auto second = RunDir::create(temp / "run");
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("already holds a run"), std::string::npos);
}

TEST(RunDirectory, FileNamesAreTame) {
  EXPECT_EQ(file_name_for("level=naive,n=1"), "level=naive,n=1");
  EXPECT_EQ(file_name_for("../etc/passwd"), "run..-etc-passwd");
  EXPECT_EQ(file_name_for(""), "run");
}

}  // namespace
}  // namespace stormproof
