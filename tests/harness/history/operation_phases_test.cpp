#include "harness/history/operation_phases.h"

#include <gtest/gtest.h>

#include "tests/support/text_history.h"

namespace stormproof {
namespace {

OperationPhases read(std::string_view text, const std::vector<std::string>& watched = {}) {
  OperationPhases phases;
  for (const std::string& id : watched) phases.watch(id);
  for (const Event& event : parse_text_history(text).events) phases.on_event(event.view());
  phases.finish();
  return phases;
}

/// "before-send 2, idle 1".
std::string met(const Strike& strike) {
  std::string words;
  for (std::size_t p = 0; p < kOperationPhases; ++p) {
    if (strike.met[p] == 0) continue;
    words += (words.empty() ? "" : ", ") + std::string(to_string(static_cast<OperationPhase>(p))) + " " +
             std::to_string(strike.met[p]);
  }
  return words;
}

TEST(OperationPhases, EachMessageStandsWhereTheHistorySaysItDoes) {
  const auto phases = read(R"(
    0.000 drive phase
    0.001 source invoke settled
    0.002 client/0 effect settled
    0.003 source ok settled
    0.004 source invoke refused
    0.005 source fail refused
    0.010 source invoke asked
    0.011 source invoke taken
    0.012 source ok taken
    0.013 source invoke early
    0.014 client/0 effect early
    0.020 kill inject kill key=client/0
    0.030 source invoke later
  )",
                           {"settled", "refused", "asked", "taken", "early", "later", "unheard-of"});
  ASSERT_EQ(phases.strikes().size(), 1U);
  EXPECT_EQ(met(phases.strikes()[0]),
            "before-send 1, sent-unacked 1, received-unstored 1, stored-unacked 1, settled 2");
  EXPECT_EQ(phases.phase_of("settled", 0), OperationPhase::settled);
  EXPECT_EQ(phases.phase_of("refused", 0), OperationPhase::settled);
  EXPECT_EQ(phases.phase_of("asked", 0), OperationPhase::sent_unacked);
  EXPECT_EQ(phases.phase_of("taken", 0), OperationPhase::received_unstored);
  EXPECT_EQ(phases.phase_of("early", 0), OperationPhase::stored_unacked);
  EXPECT_EQ(phases.phase_of("later", 0), OperationPhase::before_send);
  EXPECT_EQ(phases.phase_of("unheard-of", 0), std::nullopt);
  EXPECT_EQ(phases.phase_of("settled", 1), std::nullopt);
  EXPECT_TRUE(phases.pushed());
}

TEST(OperationPhases, FetchedWorkIsUnderWayOnceItsKeyHasBegun) {
  const auto phases = read(R"(
    0.000 source send a-{1..3} a#{}
    0.001 source send b-{1..2} b#{}
    0.010 drive phase
    0.020 client/0 effect a-1 a#1
    0.030 kill inject kill key=client/0
  )",
                           {"a-1", "a-2", "b-1"});
  EXPECT_EQ(met(phases.strikes().at(0)), "before-send 2, received-unstored 2, settled 1");
  EXPECT_EQ(phases.phase_of("a-1", 0), OperationPhase::settled);
  EXPECT_EQ(phases.phase_of("a-2", 0), OperationPhase::received_unstored);
  EXPECT_EQ(phases.phase_of("b-1", 0), OperationPhase::before_send);
  EXPECT_FALSE(phases.pushed());
}

TEST(OperationPhases, NothingInFlightIsIdle) {
  const auto phases = read("0.000 drive phase\n0.010 kill inject kill key=client/0\n0.020 source invoke m-1\n");
  EXPECT_EQ(met(phases.strikes().at(0)), "before-send 1, idle 1");
}

TEST(OperationPhases, ADeadProcessIsRecoveryUntilItIsReady) {
  const auto phases = read(R"(
    0.000 drive phase
    0.010 kill inject kill key=client/0
    0.011 client/0 process exited
    0.012 client/0 process started
    0.020 down inject down key=feed
    0.021 down heal down key=feed
    0.022 source send m-1
    0.023 client/1 effect m-1
    0.030 client/0 process ready
    0.040 slow inject latency key=feed
  )");
  EXPECT_TRUE(phases.strikes().at(1).has_met(OperationPhase::recovery));
  EXPECT_FALSE(phases.strikes().at(2).has_met(OperationPhase::recovery));
}

TEST(OperationPhases, AHealedFaultIsRecoveryUntilTheNextEffect) {
  const auto phases = read(R"(
    0.000 drive phase
    0.010 down inject down key=feed
    0.020 down heal down key=feed
    0.030 kill inject kill key=client/0
  )");
  EXPECT_TRUE(phases.strikes().at(1).has_met(OperationPhase::recovery));
  EXPECT_FALSE(phases.strikes().at(1).has_met(OperationPhase::overlap));
}

TEST(OperationPhases, OneFaultOnTwoReplicasDoesNotMeetItself) {
  const auto phases = read(R"(
    0.000 drive phase
    0.010 kill inject kill key=client/0
    0.011 client/0 process exited
    0.012 kill inject kill key=client/1
    0.013 down inject down key=feed
  )");
  EXPECT_FALSE(phases.strikes().at(1).has_met(OperationPhase::recovery));
  EXPECT_FALSE(phases.strikes().at(1).has_met(OperationPhase::overlap));
  EXPECT_TRUE(phases.strikes().at(2).has_met(OperationPhase::recovery));
  EXPECT_TRUE(phases.strikes().at(2).has_met(OperationPhase::overlap));
}

TEST(OperationPhases, AStoppingProcessIsAHandover) {
  const auto phases = read(R"(
    0.000 drive phase
    0.010 client/0 process stopping
    0.011 down inject down key=feed
    0.020 client/0 process exited
    0.021 slow inject latency key=feed
  )");
  EXPECT_TRUE(phases.strikes().at(0).has_met(OperationPhase::handover));
  EXPECT_FALSE(phases.strikes().at(1).has_met(OperationPhase::handover));
}

TEST(OperationPhases, WordsGoBothWays) {
  for (std::size_t p = 0; p < kOperationPhases; ++p) {
    const auto phase = static_cast<OperationPhase>(p);
    EXPECT_EQ(operation_phase_from(to_string(phase)), phase);
  }
  EXPECT_EQ(operation_phase_from("nowhere"), std::nullopt);
}

}  // namespace
}  // namespace stormproof
