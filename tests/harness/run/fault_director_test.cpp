#include "harness/run/fault_director.h"

#include <gtest/gtest.h>

#include "harness/history/history_reader.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

using std::chrono::milliseconds;

/// What the fake faults below did, in order: "inject kill", "heal kill".
std::vector<std::string>* journal = nullptr;

class JournalFault final : public Fault {
 public:
  explicit JournalFault(std::string name) : name_(std::move(name)) {}
  Status inject(FaultContext&) override {
    journal->push_back("inject " + name_);
    ++hits_;
    return {};
  }
  Status heal(FaultContext&) override {
    journal->push_back("heal " + name_);
    return {};
  }
  std::uint64_t hits() const override { return hits_; }

 private:
  std::string name_;
  std::uint64_t hits_ = 0;
};

std::unique_ptr<Fault> make_journal_fault(const PlannedFault& fault) {
  return std::make_unique<JournalFault>(fault.spec.name);
}

const FaultKind kInstant{{{"instant", ""}, FaultScope::process, false, false}, make_journal_fault};
const FaultKind kLasting{{{"lasting", ""}, FaultScope::process, true, false}, make_journal_fault};
const FaultKind* const kKinds[] = {&kInstant, &kLasting};

class NoProcesses final : public ProcessControl {
 public:
  std::vector<std::string> resolve(const std::string&) const override { return {}; }
  ProcessState state(const std::string&) const override { return {}; }
  Status kill(const std::string&, bool) override { return {}; }
  Status terminate(const std::string&, std::optional<Nanos>, bool, std::function<void(bool)>) override { return {}; }
  Status pause(const std::string&) override { return {}; }
  Status resume(const std::string&) override { return {}; }
  Status start(const std::string&) override { return {}; }
  Status release(const std::string&) override { return {}; }
  Status exhaust_memory(const std::string&, bool) override { return {}; }
};

class FaultDirectorTest : public ::testing::Test {
 protected:
  FaultDirectorTest() { journal = &journal_; }

  PlannedFault& add(std::string name, std::string kind, TriggerSpec when) {
    PlannedFault fault;
    fault.spec.name = std::move(name);
    fault.spec.kind = std::move(kind);
    fault.spec.target = "client/0";
    fault.spec.when = std::move(when);
    plan_.faults.push_back(fault);
    return plan_.faults.back();
  }
  void begin() {
    auto created = HistoryWriter::create(dir_ / "history.bin", clock_);
    ASSERT_TRUE(created.ok());
    history_ = std::move(created).value();
    director_ = std::make_unique<FaultDirector>(
        plan_, kKinds, FaultDirector::Parts{loop_, clock_, *history_, *history_, processes_, nullptr});
    director_->begin();
  }
  /// Runs the loop until the journal holds `entries` entries; a lost wake-up ends in the test's timeout.
  void run_until(std::size_t entries) {
    while (journal_.size() < entries) loop_.run_for(milliseconds(1));
  }
  void effects(int count) {
    for (int i = 0; i < count; ++i) history_->record({.type = EventType::effect, .id = "x", .by = "test"});
  }
  static TriggerSpec at(Nanos time) {
    TriggerSpec trigger;
    trigger.time = time;
    return trigger;
  }
  static TriggerSpec counted(TriggerSpec::Kind kind, std::int64_t count, std::int64_t occurrence = 1) {
    TriggerSpec trigger;
    trigger.kind = kind;
    trigger.count = count;
    trigger.occurrence = occurrence;
    return trigger;
  }

  std::vector<std::string> journal_;
  TempDir dir_;
  SteadyClock clock_;
  EventLoop loop_;
  NoProcesses processes_;
  Plan plan_;
  std::unique_ptr<HistoryWriter> history_;
  std::unique_ptr<FaultDirector> director_;
};

TEST_F(FaultDirectorTest, ACountTriggerFiresAtItsCount) {
  add("k", "instant", counted(TriggerSpec::Kind::effects, 3));
  begin();
  effects(2);
  loop_.run_for(milliseconds(2));
  EXPECT_TRUE(journal_.empty());
  EXPECT_FALSE(director_->settled());
  effects(1);
  run_until(1);
  EXPECT_EQ(journal_, std::vector<std::string>{"inject k"});
  EXPECT_TRUE(director_->settled());
}

TEST_F(FaultDirectorTest, ALastingFaultHealsAfterItsTime) {
  add("l", "lasting", at(Nanos{})).spec.lasts = milliseconds(1);
  begin();
  EXPECT_TRUE(director_->timed_pending());
  run_until(2);
  EXPECT_EQ(journal_, (std::vector<std::string>{"inject l", "heal l"}));
  EXPECT_TRUE(director_->settled());
  EXPECT_FALSE(director_->timed_pending());
}

TEST_F(FaultDirectorTest, AFaultWithoutEndLastsUntilHealAll) {
  add("l", "lasting", at(Nanos{}));
  begin();
  run_until(1);
  EXPECT_TRUE(director_->settled());
  EXPECT_EQ(director_->in_force(), std::vector<std::string>{"l"});
  director_->heal_all();
  director_->heal_all();
  EXPECT_EQ(journal_.at(1), "heal l");
  EXPECT_TRUE(director_->in_force().empty());
}

TEST_F(FaultDirectorTest, AfterFollowsTheOtherFault) {
  add("first", "instant", counted(TriggerSpec::Kind::effects, 1));
  TriggerSpec after;
  after.kind = TriggerSpec::Kind::after;
  after.fault = "first";
  after.delay = milliseconds(1);
  add("second", "instant", after);
  begin();
  effects(1);
  run_until(2);
  EXPECT_EQ(journal_, (std::vector<std::string>{"inject first", "inject second"}));
}

TEST_F(FaultDirectorTest, TheNthMatchingLineOfTheTargetFires) {
  TriggerSpec log;
  log.kind = TriggerSpec::Kind::log;
  log.pattern = "stored [0-9]+";
  log.target = "client";
  log.occurrence = 2;
  add("k", "instant", log);
  begin();
  director_->on_line("server/0", "stored 1");
  director_->on_line("client/0", "stored 1");
  director_->on_line("client/1", "nothing");
  EXPECT_TRUE(journal_.empty());
  director_->on_line("client/1", "stored 2");
  EXPECT_EQ(journal_.size(), 1U);
  director_->on_line("client/1", "stored 3");
  EXPECT_EQ(journal_.size(), 1U);
}

TEST_F(FaultDirectorTest, ExitsAreCounted) {
  TriggerSpec exits = counted(TriggerSpec::Kind::exits, 2);
  exits.target = "client/0";
  add("k", "instant", exits);
  begin();
  director_->on_exit("client/0");
  director_->on_exit("client/1");
  EXPECT_TRUE(journal_.empty());
  director_->on_exit("client/0");
  EXPECT_EQ(journal_.size(), 1U);
}

TEST_F(FaultDirectorTest, EveryStrikesAgainUntilItsOccurrence) {
  TriggerSpec every = at(milliseconds(1));
  every.kind = TriggerSpec::Kind::every;
  every.occurrence = 3;
  add("k", "instant", every);
  begin();
  run_until(5);  // each round but the first first lets go of the one before
  EXPECT_EQ(std::count(journal_.begin(), journal_.end(), "inject k"), 3);
  EXPECT_EQ(director_->summaries().at(0).hits, 3U);
}

TEST_F(FaultDirectorTest, WhatChanceDisarmedNeitherFiresNorIsWaitedFor) {
  add("k", "instant", at(Nanos{})).armed = false;
  begin();
  loop_.run_for(milliseconds(2));
  EXPECT_TRUE(journal_.empty());
  EXPECT_TRUE(director_->settled());
}

TEST_F(FaultDirectorTest, OverlappingFaultsAreLegalAndNoted) {
  add("a", "lasting", counted(TriggerSpec::Kind::effects, 1));
  add("b", "lasting", counted(TriggerSpec::Kind::effects, 2));
  begin();
  effects(2);
  run_until(2);
  ASSERT_EQ(director_->notes().size(), 1U);
  EXPECT_EQ(director_->notes().front(), "fault b was injected while a was in force");
}

TEST_F(FaultDirectorTest, TheHistoryTellsPlanInjectionHitsAndHeal) {
  add("l", "lasting", at(Nanos{})).spec.lasts = milliseconds(1);
  begin();
  run_until(2);
  director_->close();
  ASSERT_TRUE(history_->close().ok());
  std::vector<std::string> told;
  const auto report = read_history(dir_ / "history.bin", [&](const EventView& event) {
    told.push_back(std::string(to_string(event.type)) + ' ' +
                   std::string(event.type == EventType::note ? event.id : event.by));
  });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(told, (std::vector<std::string>{"note l", "inject l", "bite l", "bite l", "heal l", "bite l"}));
}

}  // namespace
}  // namespace stormproof
