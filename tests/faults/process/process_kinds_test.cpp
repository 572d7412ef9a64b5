#include <gtest/gtest.h>

#include "faults/catalog.h"
#include "tests/support/fake_fault_context.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;
using Calls = std::vector<std::string>;

/// A fault of a kind on target "client", which has two replicas.
class Strike {
 public:
  template <class Adjust>
  Strike(const FaultKind& kind, const Adjust& adjust, bool restarts = false) {
    context.processes().add("client", 2, restarts);
    planned_.spec.name = planned_.spec.kind = std::string(kind.info.name);
    planned_.spec.target = "client";
    if (kind.info.name == "crash_loop") {
      planned_.spec.params.set("times", std::int64_t{3});
      planned_.spec.params.set("every", Nanos(10ms));
    }
    if (kind.info.name == "restart") planned_.spec.params.set("gap", Nanos(0));
    adjust(planned_.spec);
    fault = kind.make(planned_);
  }
  explicit Strike(const FaultKind& kind, bool restarts = false)
      : Strike(
            kind, [](FaultSpec&) {}, restarts) {}

  void inject() { EXPECT_TRUE(fault->inject(context).ok()); }
  void heal() { EXPECT_TRUE(fault->heal(context).ok()); }
  FakeProcessControl& processes() { return context.processes(); }
  bool running(const std::string& process) { return processes().state(process).running; }

  FakeFaultContext context;
  std::unique_ptr<Fault> fault;

 private:
  PlannedFault planned_;
};

void on_one(FaultSpec& spec) { spec.target = "client/1"; }

TEST(Kill, StrikesEveryReplicaAndLeavesTheRestToThePolicy) {
  Strike strike(kill_kind);
  strike.inject();
  EXPECT_EQ(strike.processes().calls, (Calls{"kill client/0", "kill client/1"}));
  EXPECT_EQ(strike.fault->hits(), 2U);
  strike.heal();
  EXPECT_FALSE(strike.running("client/0")) << "nothing was held, so nothing is started";
}

TEST(Kill, WithRestartHoldsThePolicyUntilHealed) {
  Strike strike(
      kill_kind,
      [](FaultSpec& spec) {
        on_one(spec);
        spec.restart = 200ms;
      },
      /*restarts=*/true);
  strike.inject();
  EXPECT_TRUE(strike.processes().held("client/1"));
  strike.heal();
  EXPECT_TRUE(strike.running("client/1"));
  strike.heal();
  EXPECT_EQ(strike.processes().calls, (Calls{"kill client/1 hold", "start client/1"})) << "healing twice is legal";
}

TEST(Kill, OfWhatDoesNotRunIsNoHitAndNoted) {
  Strike strike(kill_kind);
  strike.processes().die("client/0");
  strike.processes().die_before_hit.insert("client/1");
  strike.inject();
  EXPECT_EQ(strike.fault->hits(), 0U);
  ASSERT_EQ(strike.context.recorder().events.size(), 2U);
  EXPECT_EQ(strike.context.recorder().events[0].detail, "client/0 was not running when kill struck");
  EXPECT_EQ(strike.context.recorder().events[1].detail, "client/1 was not running when kill struck");
}

TEST(Kill, ThatTheMachineRefusesIsAnError) {
  Strike strike(kill_kind);
  strike.processes().refuse.insert("client/0");
  EXPECT_FALSE(strike.fault->inject(strike.context).ok());
  EXPECT_EQ(strike.fault->hits(), 0U);
}

TEST(Kill, OfATargetThatDoesNotExistIsAnError) {
  Strike strike(kill_kind, [](FaultSpec& spec) { spec.target = "nobody"; });
  const Status injected = strike.fault->inject(strike.context);
  ASSERT_FALSE(injected.ok());
  EXPECT_EQ(injected.error().message, "fault kill: there is no target 'nobody'");
}

TEST(Oom, CountsDeathsAndHoldsLikeKill) {
  Strike strike(oom_kind, [](FaultSpec& spec) { spec.restart = 1s; });
  strike.inject();
  EXPECT_EQ(strike.fault->hits(), 2U);
  strike.heal();
  EXPECT_EQ(strike.processes().calls, (Calls{"exhaust_memory client/0 hold", "exhaust_memory client/1 hold",
                                             "start client/0", "start client/1"}));
  EXPECT_TRUE(oom_kind.info.contains);
}

TEST(Term, CountsAHitWhenTheProcessHasEnded) {
  Strike strike(term_kind, [](FaultSpec& spec) { spec.params.set("grace", Nanos(100ms)); });
  strike.inject();
  EXPECT_EQ(strike.processes().calls, (Calls{"terminate client/0 grace=100ms", "terminate client/1 grace=100ms"}));
  EXPECT_EQ(strike.fault->hits(), 0U);
  strike.processes().die("client/0");
  EXPECT_EQ(strike.fault->hits(), 1U);
}

TEST(Term, StartsLateWhatWasStillStoppingWhenItHealed) {
  Strike strike(term_kind, [](FaultSpec& spec) { spec.restart = 1ms; });
  strike.inject();
  strike.processes().die("client/0");
  strike.heal();
  EXPECT_TRUE(strike.running("client/0"));
  EXPECT_EQ(strike.processes().calls.back(), "start client/0");
  strike.processes().die("client/1");
  EXPECT_TRUE(strike.running("client/1"));
}

TEST(Term, ThatIsGoneDoesNotMindTheExit) {
  Strike strike(term_kind);
  strike.inject();
  strike.fault.reset();
  strike.processes().die("client/0");
}

TEST(Pause, StopsUntilHealed) {
  Strike strike(pause_kind);
  strike.inject();
  EXPECT_TRUE(strike.processes().paused("client/0"));
  EXPECT_EQ(strike.fault->hits(), 2U);
  strike.heal();
  EXPECT_FALSE(strike.processes().paused("client/1"));
  strike.heal();
  EXPECT_EQ(strike.processes().calls.size(), 4U);
  EXPECT_TRUE(pause_kind.info.lasting);
}

TEST(Pause, LeavesAloneWhatWasKilledOrReplacedMeanwhile) {
  Strike strike(pause_kind);
  strike.inject();
  strike.processes().die("client/0");
  strike.processes().die("client/1");
  strike.processes().come_back("client/1");
  strike.heal();
  EXPECT_EQ(strike.processes().calls, (Calls{"pause client/0", "pause client/1"}));
}

TEST(Restart, RollsOneReplicaAfterTheOther) {
  Strike strike(restart_kind, [](FaultSpec& spec) { spec.params.set("gap", Nanos(50ms)); });
  strike.processes().ready_at_once = false;
  strike.inject();
  EXPECT_EQ(strike.processes().calls, (Calls{"terminate client/0 hold"}));
  strike.processes().die("client/0");
  EXPECT_TRUE(strike.running("client/0"));
  strike.context.pass(1s);
  EXPECT_TRUE(strike.running("client/1")) << "the first one is not ready yet";
  EXPECT_EQ(strike.processes().calls.size(), 2U);
  strike.processes().become_ready("client/0");
  strike.context.pass(5ms);
  EXPECT_EQ(strike.processes().calls.size(), 2U) << "the gap counts from the moment it is seen ready";
  strike.context.pass(50ms);
  EXPECT_EQ(strike.processes().calls.back(), "terminate client/1 hold");
  strike.processes().die("client/1");
  EXPECT_EQ(strike.fault->hits(), 2U);
  strike.processes().become_ready("client/1");
  strike.context.pass(1s);
  EXPECT_EQ(strike.context.steps_waiting(), 0U);
}

TEST(Restart, HealEndsTheRollAndLeavesNothingDown) {
  Strike strike(restart_kind);
  strike.inject();
  strike.heal();
  strike.processes().die("client/0");
  EXPECT_TRUE(strike.running("client/0"));
  strike.context.pass(1s);
  EXPECT_EQ(strike.processes().calls, (Calls{"terminate client/0 hold", "start client/0"}));
}

TEST(CrashLoop, KillsAgainEachTimeItIsReady) {
  Strike strike(crash_loop_kind, on_one, /*restarts=*/true);
  strike.processes().ready_at_once = false;
  strike.inject();
  EXPECT_EQ(strike.fault->hits(), 1U);
  strike.context.pass(1s);
  EXPECT_EQ(strike.fault->hits(), 1U) << "its back-off is respected";
  for (int round = 0; round < 5; ++round) {
    strike.processes().come_back("client/1");
    strike.context.pass(20ms);
    EXPECT_TRUE(strike.running("client/1")) << "not ready yet";
    strike.processes().become_ready("client/1");
    strike.context.pass(20ms);
    if (!strike.running("client/1")) continue;
    EXPECT_EQ(strike.fault->hits(), 3U);
    break;
  }
  EXPECT_EQ(strike.fault->hits(), 3U);
  EXPECT_TRUE(strike.running("client/1"));
  strike.context.pass(1s);
  EXPECT_EQ(strike.context.steps_waiting(), 0U);
}

TEST(CrashLoop, StartsWhatThePolicyDoesNot) {
  Strike strike(crash_loop_kind);
  strike.inject();
  EXPECT_FALSE(strike.running("client/0"));
  strike.context.pass(1s);
  EXPECT_EQ(strike.fault->hits(), 6U);
  EXPECT_TRUE(strike.running("client/0"));
  EXPECT_TRUE(strike.running("client/1"));
  EXPECT_EQ(strike.context.steps_waiting(), 0U);
}

TEST(CrashLoop, HealEndsTheLoopAndLeavesNothingDown) {
  Strike strike(crash_loop_kind, on_one);
  strike.inject();
  EXPECT_FALSE(strike.running("client/1"));
  strike.heal();
  EXPECT_TRUE(strike.running("client/1"));
  strike.context.pass(1s);
  EXPECT_EQ(strike.fault->hits(), 1U);
}

}  // namespace
}  // namespace stormproof
