// The witnesses that read text: a target's log, a command's output.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "harness/witnesses/catalog.h"
#include "harness/witnesses/seen_effects.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_recorder.h"
#include "tests/support/plugin_params.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

class TextWitness : public ::testing::Test {
 protected:
  Status configure(const WitnessKind& kind, const GivenParams& given) {
    witness_ = kind.make({}, {"store", recorder_, clock_, dir_.path(), "run-1"});
    EXPECT_TRUE(witness_->open().ok());
    return witness_->configure(params_of(kind.info.params, given));
  }
  void write(const std::string& text) { std::ofstream(dir_ / "list", std::ios::app) << text; }
  Status exec(const std::string& script, const std::string& mode, const std::string& within = "10s") {
    return configure(witnesses::exec_kind, {.text = {{"mode", mode}, {"every", "1ms"}, {"within", within}},
                                            .lists = {{"command", {"sh", "-c", script}}}});
  }

  TempDir dir_;
  SteadyClock clock_;
  FakeRecorder recorder_;
  std::unique_ptr<Witness> witness_;
};

using LogWitness = TextWitness;

TEST_F(LogWitness, ALineThatMatchesIsAnEffect) {
  ASSERT_TRUE(configure(witnesses::log_kind, {.text = {{"target", "client"},
                                                       {"pattern", "stored (\\S+) of (\\S+) at (\\d+)"},
                                                       {"key_group", "2"},
                                                       {"seq_group", "3"}}})
                  .ok());
  witness_->on_line("client/0", "12:00 stored r-1 of s-2 at 17.");
  witness_->on_line("client", "stored r-2 of s-2 at 18");
  witness_->on_line("client2/0", "stored r-3 of s-2 at 19");
  witness_->on_line("client/1", "nothing of note");
  const auto effects = recorder_.events(EventType::effect);
  ASSERT_EQ(effects.size(), 2U);
  EXPECT_EQ(effects[0].id, "r-1");
  EXPECT_EQ(effects[0].key, "s-2");
  EXPECT_EQ(effects[0].seq, 17);
  EXPECT_EQ(effects[0].by, "client/0");
  EXPECT_TRUE(witness_->drain().ok());
}

TEST_F(LogWitness, OddLinesAreCountedNotFatal) {
  ASSERT_TRUE(
      configure(witnesses::log_kind, {.text = {{"target", "c/0"}, {"pattern", "did (\\w*) (.*)"}, {"seq_group", "2"}}})
          .ok());
  witness_->on_line("c/0", "did  5");
  witness_->on_line("c/0", "did a many");
  witness_->on_line("c/0", "did a 99999999999999999999");
  witness_->on_line("c/0", "did " + std::string(100000, 'a'));
  EXPECT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.counts().effects, 0U);
  EXPECT_EQ(recorder_.notes("store"),
            (std::vector<std::string>{"1 lines longer than 8192 bytes were not looked at",
                                      "3 lines matched without an id or with a sequence that is no number"}));
}

TEST_F(LogWitness, AGroupThatThePatternDoesNotHave) {
  const Status configured =
      configure(witnesses::log_kind, {.text = {{"target", "c"}, {"pattern", "did (?:it )?(.*)"}, {"key_group", "2"}}});
  ASSERT_FALSE(configured.ok());
  EXPECT_EQ(configured.error().code, ErrorCode::usage);
  EXPECT_EQ(configured.error().message, "witness store: key_group is 2, but the pattern has 1 groups");
}

using ExecWitness = TextWitness;

TEST_F(ExecWitness, PollsAListingAndCountsEachEffectOnce) {
  write("{\"id\":\"a\",\"seq\":1}\n{\"id\":\"b\"}\n");
  ASSERT_TRUE(exec("cat list", "poll").ok());
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(witness_->poll().ok());
    return recorder_.counts().effects == 2;
  }));
  write("{\"id\":\"a\",\"seq\":1}\n");
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(witness_->poll().ok());
    return recorder_.counts().effects == 3;
  }));
  ASSERT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.ids(EventType::effect), (std::vector<std::string>{"a", "b", "a"}));
  EXPECT_TRUE(recorder_.notes("harness", "unknown").empty());
}

TEST_F(ExecWitness, ATailReportsWhileItRunsAndIsAskedToStop) {
  write("{\"id\":\"a\"}\n");
  ASSERT_TRUE(exec("exec tail -n +1 -f list", "tail").ok());
  ASSERT_TRUE(recorder_.wait_for([](const LiveCounts& counts) { return counts.effects == 1; }));
  write("{\"id\":\"b\",\"by\":\"w/1\"}\n");
  ASSERT_TRUE(recorder_.wait_for([](const LiveCounts& counts) { return counts.effects == 2; }));
  ASSERT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.events(EventType::effect)[0].by, "store");
  EXPECT_EQ(recorder_.events(EventType::effect)[1].by, "w/1");
}

TEST_F(ExecWitness, FinalRunsOnceAtTheEnd) {
  write("{\"id\":\"a\"}\nnoise\n{\"type\":\"ok\",\"id\":\"x\"}\n");
  ASSERT_TRUE(exec("cat list; echo run >> runs; echo $STORMPROOF_RUN >> runs", "final").ok());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(witness_->poll().ok());
  ASSERT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.ids(EventType::effect), std::vector<std::string>{"a"});
  EXPECT_EQ(recorder_.notes("store"),
            std::vector<std::string>{"2 lines were not effects, the first: not JSON: 'noise'"});
  std::ifstream runs(dir_ / "runs");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(runs), {}), "run\nrun-1\n");
}

TEST_F(ExecWitness, TroubleAtTheEndIsSaid) {
  ASSERT_TRUE(exec("echo '{\"id\":\"a\"}'; echo no such host >&2; exit 3", "final").ok());
  const Status drained = witness_->drain();
  ASSERT_FALSE(drained.ok());
  EXPECT_NE(drained.error().message.find("exited with code 3: no such host"), std::string::npos)
      << drained.error().message;
  EXPECT_EQ(recorder_.counts().effects, 0U) << "half a listing is no listing";

  ASSERT_TRUE(exec("sleep 1000", "final", "50ms").ok());
  const Status late = witness_->drain();
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().message, "'sh -c sleep 1000' did not end within 0.1 s");

  const Status missing =
      configure(witnesses::exec_kind, {.text = {{"mode", "tail"}}, .lists = {{"command", {"no-such-program-at-all"}}}});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message, "cannot run 'no-such-program-at-all': No such file or directory");

  ASSERT_TRUE(exec("trap '' TERM; echo '{\"id\":\"a\"}'; while :; do sleep 1; done", "tail").ok());
  ASSERT_TRUE(recorder_.wait_for([](const LiveCounts& counts) { return counts.effects == 1; }));
  const Status stubborn = witness_->drain();
  ASSERT_FALSE(stubborn.ok());
  EXPECT_NE(stubborn.error().message.find("did not stop on SIGTERM"), std::string::npos);
}

TEST_F(ExecWitness, AnEffectThatLeavesTheListingMakesTheRunUnknown) {
  ASSERT_TRUE(exec("test -e gone || echo '{\"id\":\"a\"}'", "poll").ok());
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(witness_->poll().ok());
    return recorder_.counts().effects == 1;
  }));
  std::ofstream(dir_ / "gone") << "";
  ASSERT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.notes("harness", "unknown").size(), 1U);
}

/// However a growing listing is read, each row is new exactly once.
RC_GTEST_PROP(SeenEffects, GrowingListingsYieldEveryRowOnce,
              (std::vector<std::uint8_t> rows, std::vector<std::uint8_t> cuts)) {
  witnesses::SeenEffects seen;
  std::size_t recorded = 0;
  cuts.push_back(255);
  std::size_t size = 0;
  for (const std::uint8_t cut : cuts) {
    size = cut == 255 ? rows.size() : std::min(rows.size(), size + cut % 8);
    seen.begin_pass();
    for (std::size_t i = 0; i < size; ++i) {
      const std::string id = std::to_string(rows[i] % 16);
      EventView row;
      row.id = id;
      if (seen.take(row)) ++recorded;
    }
    RC_ASSERT(recorded == size);
    RC_ASSERT(seen.missing_after_pass() == 0U);
  }
}

RC_GTEST_PROP(SeenEffects, ShrunkListingsAreNoticed, (std::vector<std::uint8_t> rows)) {
  RC_PRE(!rows.empty());
  witnesses::SeenEffects seen;
  for (const std::size_t size : {rows.size(), rows.size() - 1}) {
    seen.begin_pass();
    for (std::size_t i = 0; i < size; ++i) {
      const std::string id = std::to_string(rows[i]);
      EventView row;
      row.id = id;
      seen.take(row);
    }
    RC_ASSERT(seen.missing_after_pass() == rows.size() - size);
  }
}

}  // namespace
}  // namespace stormproof
