#include "reports/score.h"

#include <gtest/gtest.h>

#include <sstream>

#include "harness/base/text.h"
#include "reports/catalog.h"
#include "reports/verdict_json.h"
#include "tests/reports/sample_campaign.h"
#include "tests/support/golden.h"
#include "tests/support/text_history.h"

namespace stormproof {
namespace {

using State = ScoreCell::State;

/// Three messages a-1 a-2 a-3, of which a-1 is stored when client/0 is killed; another kind never strikes.
constexpr std::string_view kKilled = R"(
  0.000 source send a-{1..3} a#{}
  0.010 drive phase
  0.020 client/0 effect a-1 a#1
  0.030 kill inject kill key=client/0
)";

RunSummary run_with(Verdict verdict, std::vector<Anomaly> anomalies = {}) {
  RunSummary run;
  run.verdict = verdict;
  for (const char* kind : {"kill", "down"}) run.faults.emplace_back().kind = kind;
  InvariantResult invariant{"exactly_once", verdict, std::move(anomalies), 0, ""};
  invariant.anomalies_total = invariant.anomalies.size();
  run.invariants = {invariant};
  return run;
}

Anomaly lost(const std::string& id, const std::string& fault) {
  Anomaly anomaly;
  anomaly.kind = "lost";
  anomaly.id = id;
  anomaly.fault = fault;
  return anomaly;
}

std::vector<ScoreCell> cells_of(const std::vector<RunSummary>& runs, std::string_view history = kKilled) {
  ScoreBuilder builder;
  for (const RunSummary& run : runs) {
    OperationPhases phases;
    for (const auto& invariant : run.invariants) {
      for (const Anomaly& anomaly : invariant.anomalies) phases.watch(anomaly.id);
    }
    for (const Event& event : parse_text_history(history).events) phases.on_event(event.view());
    phases.finish();
    builder.add(run, phases);
  }
  return builder.cells();
}

State state(const std::vector<ScoreCell>& cells, const std::string& phase, const std::string& fault = "kill") {
  for (const ScoreCell& cell : cells) {
    if (cell.phase == phase && cell.fault == fault) return cell.state;
  }
  ADD_FAILURE() << "no cell " << phase << " " << fault;
  return State::unknown;
}

TEST(Score, APassProvesWhatTheFaultMet) {
  const auto cells = cells_of({run_with(Verdict::pass)});
  EXPECT_EQ(state(cells, "received-unstored"), State::pass);
  EXPECT_EQ(state(cells, "settled"), State::pass);
  EXPECT_EQ(state(cells, "recovery"), State::not_exercised);
  EXPECT_EQ(state(cells, "received-unstored", "down"), State::not_exercised);
  for (const ScoreCell& cell : cells) EXPECT_NE(cell.phase, "sent-unacked") << "nobody sends";
}

TEST(Score, AViolationIsChargedToThePhaseOfItsMessage) {
  const auto cells = cells_of({run_with(Verdict::fail, {lost("a-2", "kill (healed 12ms before)")})});
  EXPECT_EQ(state(cells, "received-unstored"), State::fail);
  EXPECT_EQ(state(cells, "settled"), State::pass);
}

TEST(Score, AViolationWithoutAMessageIsChargedToAllThatWasMet) {
  const auto cells = cells_of({run_with(Verdict::fail, {lost("", "")})});
  EXPECT_EQ(state(cells, "received-unstored"), State::fail);
  EXPECT_EQ(state(cells, "settled"), State::fail);
}

TEST(Score, ViolationsThatWereNotKeptLeaveTheRestUnknown) {
  RunSummary run = run_with(Verdict::fail, {lost("a-2", "kill")});
  run.invariants[0].anomalies_total = 500;
  const auto cells = cells_of({run});
  EXPECT_EQ(state(cells, "received-unstored"), State::fail);
  EXPECT_EQ(state(cells, "settled"), State::unknown);
}

TEST(Score, OneFailureOutweighsManyPassesAndOnePassManyUnknowns) {
  const auto failed = run_with(Verdict::fail, {lost("a-2", "kill")});
  EXPECT_EQ(state(cells_of({run_with(Verdict::pass), failed, run_with(Verdict::pass)}), "received-unstored"),
            State::fail);
  EXPECT_EQ(state(cells_of({run_with(Verdict::unknown), run_with(Verdict::pass)}), "settled"), State::pass);
  EXPECT_EQ(state(cells_of({run_with(Verdict::unknown)}), "settled"), State::unknown);
}

TEST(Score, RunsMeantToFailStayOut) {
  RunSummary meant = run_with(Verdict::fail, {lost("a-2", "kill")});
  meant.expected = Verdict::fail;
  EXPECT_TRUE(cells_of({meant}).empty());
  RunSummary not_run = run_with(Verdict::pass);
  not_run.outcome = RunOutcome::environment;
  EXPECT_TRUE(cells_of({not_run}).empty());
}

TEST(Score, PointsAreTheWeightedShareOfPasses) {
  const std::vector<ScoreCell> cells = {{"received-unstored", "kill", "exactly_once", State::pass, 1},  // 3 × 3
                                        {"recovery", "kill", "exactly_once", State::fail, 1},           // 2 × 3
                                        {"idle", "kill", "in_order", State::pass, 1},                   // 1
                                        {"overlap", "kill", "in_order", State::not_exercised, 0},       // 2
                                        {"before-send", "kill", "no_such_thing", State::unknown, 1}};   // 1
  EXPECT_NEAR(totals(cells).points, 100.0 * 10 / 19, 1e-9);
  EXPECT_EQ(totals_words(cells), "score 52.6 of 100: 2 cells pass, 1 fail, 1 unknown, 1 not exercised");
  EXPECT_EQ(totals({}).points, 0);
}

std::vector<ScoreCell> baseline() {
  return {{"settled", "kill", "exactly_once", State::pass, 3},
          {"recovery", "kill", "exactly_once", State::fail, 2},
          {"overlap", "kill", "exactly_once", State::not_exercised, 0},
          {"settled", "down", "exactly_once", State::pass, 1}};
}

TEST(ScoreComparison, NamesEveryChangeThatMatters) {
  std::vector<ScoreCell> now = baseline();
  EXPECT_FALSE(compare(baseline(), now).regressed());
  EXPECT_EQ(change_lines(compare(baseline(), now)), std::vector<std::string>{"no regressions against the baseline"});
  now[0].state = State::fail;
  now[1].state = State::pass;
  now[2].state = State::pass;
  now.pop_back();
  now.push_back({"idle", "down", "exactly_once", State::fail, 1});
  const ScoreChange change = compare(baseline(), now);
  EXPECT_TRUE(change.regressed());
  EXPECT_EQ(join(change_lines(change), "\n"),
            "new failure: exactly_once after kill in settled\n"
            "new failure: exactly_once after down in idle\n"
            "newly unexercised: exactly_once after down in settled\n"
            "fixed: exactly_once after kill in recovery\n"
            "newly exercised: exactly_once after kill in overlap\n"
            "3 regressions against the baseline");
}

TEST(ScoreComparison, WhatIsTriedAndNoLongerJudgedIsARegression) {
  std::vector<ScoreCell> now = baseline();
  now[0].state = State::unknown;
  EXPECT_EQ(change_lines(compare(baseline(), now)).front(),
            "newly unexercised: exactly_once after kill in settled (tried, not judged)");
}

TEST(ScoreComparison, AKnownFailureIsNoRegression) {
  std::vector<ScoreCell> now = baseline();
  now[1].runs = 99;
  EXPECT_FALSE(compare(baseline(), now).regressed());
}

TEST(ScoreJson, ComesBackAsItWent) {
  const auto back = score_from_json(score_json(baseline()));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(score_json(*back), score_json(baseline()));
}

TEST(ScoreJson, EveryMistakeHasItsSentence) {
  const std::pair<const char*, const char*> rows[] = {
      {"{", "the baseline is not JSON, or is cut off"},
      {"[]", "the baseline is not of schema 1"},
      {R"({"schema":2,"cells":[]})", "the baseline is not of schema 1"},
      {R"({"schema":1})", "the baseline has no cells"},
      {R"({"schema":1,"cells":[7]})", "cells[0] of the baseline is not a cell"},
      {R"({"schema":1,"cells":[{"phase":"idle","fault":"kill","invariant":"x","state":"fine"}]})",
       "cells[0] of the baseline is not a cell"},
  };
  for (const auto& [text, sentence] : rows) {
    const auto read = score_from_json(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().message, sentence);
  }
}

CampaignSummary scored_campaign() {
  CampaignSummary campaign = sample_campaign();
  campaign.runs.resize(2);
  campaign.score = cells_of({run_with(Verdict::pass), run_with(Verdict::fail, {lost("a-2", "kill")})});
  return campaign;
}

std::filesystem::path golden(const char* file) {
  return std::filesystem::path(STORMPROOF_SOURCE_DIR) / "tests/golden/reports/score" / file;
}

TEST(ScoreGolden, Text) {
  expect_golden(golden("expected.txt"), join(score_lines(scored_campaign().score), "\n") + "\n");
}

TEST(ScoreGolden, Markdown) {
  std::ostringstream out;
  ASSERT_TRUE(markdown_kind.write(scored_campaign(), out).ok());
  expect_golden(golden("expected.md"), out.str());
}

TEST(ScoreGolden, ReportJsonKeepsIt) {
  const auto back = campaign_from_json(campaign_json(scored_campaign()), "out");
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(score_json(back->score), score_json(scored_campaign().score));
}

}  // namespace
}  // namespace stormproof
