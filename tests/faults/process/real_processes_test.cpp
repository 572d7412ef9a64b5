/// Each process kind against a supervisor with real processes.
#include <gmock/gmock.h>

#include <boost/asio/steady_timer.hpp>

#include "faults/catalog.h"
#include "tests/harness/supervise/supervise_fixture.h"
#include "tests/support/fake_fault_context.h"

namespace stormproof {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class RealProcesses : public SuperviseTest, public FaultContext {
 protected:
  /// Two replicas of "client" that run until they are stopped.
  void start_clients(RestartPolicy restart = RestartPolicy::never) {
    for (int index = 0; index < 2; ++index) {
      ReplicaSpec spec = shell("client", "trap 'exit 0' TERM; echo up; while :; do sleep 0.005; done");
      spec.spec.ready.kind = ReadySpec::Kind::log;
      spec.spec.ready.pattern = "up";
      spec.index = index;
      spec.directory = directory_ / ("client-" + std::to_string(index));
      std::filesystem::create_directory(spec.directory);
      spec.spec.replicas = 2;
      spec.spec.restart = restart;
      spec.spec.backoff.initial = 1ms;
      add(spec);
    }
    const Status started = start_all();
    ASSERT_TRUE(started.ok()) << started.error().message;
  }
  Fault& make(const FaultKind& kind, const std::function<void(FaultSpec&)>& adjust = {}) {
    planned_.spec.name = planned_.spec.kind = std::string(kind.info.name);
    planned_.spec.target = "client";
    if (adjust) adjust(planned_.spec);
    fault_ = kind.make(planned_);
    return *fault_;
  }
  ProcessState state(const std::string& process) { return supervisor_->state(process); }
  void run_until_hits(std::uint64_t hits) {
    run_until([&] { return fault_->hits() >= hits; }, "the hits");
  }
  void run_until_ready(const std::string& process, int starts) {
    run_until([&] { return state(process).phase == ProcessPhase::ready && state(process).starts >= starts; }, "ready");
  }

  ProcessControl& processes() override { return *supervisor_; }
  LinkControl& links() override { return links_; }
  const Clock& clock() const override { return clock_; }
  Recorder& recorder() override { return recorder_; }
  void after(Nanos delay, std::function<void()> task) override {
    auto timer = std::make_shared<boost::asio::steady_timer>(loop_, delay);
    timer->async_wait([timer, task = std::move(task)](const boost::system::error_code& code) {
      if (!code) task();
    });
  }

 private:
  FakeLinkControl links_;
  PlannedFault planned_;
  std::unique_ptr<Fault> fault_;
};

TEST_F(RealProcesses, KillKillsAndStartsAgainWhenHealed) {
  start_clients(RestartPolicy::always);
  Fault& fault = make(kill_kind, [](FaultSpec& spec) { spec.restart = 1s; });
  ASSERT_TRUE(fault.inject(*this).ok());
  EXPECT_EQ(fault.hits(), 2U);
  EXPECT_FALSE(state("client/0").running);
  EXPECT_EQ(state("client/1").last_exit, "Error signal=9");
  loop_.restart();
  loop_.run_for(30ms);
  EXPECT_FALSE(state("client/0").running) << "the restart policy is held";
  ASSERT_TRUE(fault.heal(*this).ok());
  run_until_ready("client/0", 2);
  run_until_ready("client/1", 2);
}

TEST_F(RealProcesses, KillLeavesTheRestartToThePolicy) {
  start_clients(RestartPolicy::always);
  Fault& fault = make(kill_kind, [](FaultSpec& spec) { spec.target = "client/1"; });
  ASSERT_TRUE(fault.inject(*this).ok());
  run_until_ready("client/1", 2);
  EXPECT_EQ(state("client/0").starts, 1);
}

TEST_F(RealProcesses, KillOfTheDeadIsNoHit) {
  start_clients();
  ASSERT_TRUE(supervisor_->kill("client/0", false).ok());
  Fault& fault = make(kill_kind, [](FaultSpec& spec) { spec.target = "client/0"; });
  ASSERT_TRUE(fault.inject(*this).ok());
  EXPECT_EQ(fault.hits(), 0U);
  EXPECT_THAT(recorder_.notes(), ElementsAre("client/0 was not running when kill struck"));
}

TEST_F(RealProcesses, TermStopsGracefully) {
  start_clients();
  Fault& fault = make(term_kind, [](FaultSpec& spec) { spec.restart = 1ms; });
  ASSERT_TRUE(fault.inject(*this).ok());
  ASSERT_TRUE(fault.heal(*this).ok());
  run_until_hits(2);
  EXPECT_EQ(state("client/0").last_exit, "Completed");
  run_until_ready("client/0", 2);
  run_until_ready("client/1", 2);
}

TEST_F(RealProcesses, PauseStopsAndGoesOn) {
  start_clients();
  Fault& fault = make(pause_kind);
  ASSERT_TRUE(fault.inject(*this).ok());
  const auto pid = static_cast<pid_t>(state("client/0").pid);
  EXPECT_TRUE(proc_stat(pid)->stopped());
  ASSERT_TRUE(supervisor_->kill("client/1", false).ok()) << "a paused process can be killed";
  ASSERT_TRUE(fault.heal(*this).ok());
  EXPECT_FALSE(proc_stat(pid)->stopped());
  EXPECT_EQ(fault.hits(), 2U);
}

TEST_F(RealProcesses, RestartRolls) {
  start_clients();
  Fault& fault = make(restart_kind, [](FaultSpec& spec) { spec.params.set("gap", Nanos(1ms)); });
  ASSERT_TRUE(fault.inject(*this).ok());
  run_until_hits(2);
  run_until_ready("client/1", 2);
  std::vector<std::string> order;
  for (const auto& change : changes_) {
    if (change.type == LifecycleType::started || change.type == LifecycleType::exited) {
      order.push_back(change.process + " " + std::string(to_string(change.type)));
    }
  }
  EXPECT_THAT(order, ElementsAre("client/0 started", "client/1 started", "client/0 exited", "client/0 started",
                                 "client/1 exited", "client/1 started"));
}

class CrashLooping : public RealProcesses, public testing::WithParamInterface<RestartPolicy> {};

TEST_P(CrashLooping, KillsThreeTimesAndLeavesItRunning) {
  start_clients(GetParam());
  Fault& fault = make(crash_loop_kind, [](FaultSpec& spec) {
    spec.params.set("times", std::int64_t{3});
    spec.params.set("every", Nanos(1ms));
  });
  ASSERT_TRUE(fault.inject(*this).ok());
  run_until_hits(6);
  run_until_ready("client/0", 4);
  run_until_ready("client/1", 4);
  loop_.restart();
  loop_.run_for(30ms);
  EXPECT_EQ(fault.hits(), 6U);
  EXPECT_TRUE(fault.heal(*this).ok());
}

INSTANTIATE_TEST_SUITE_P(Policies, CrashLooping,
                         testing::Values(RestartPolicy::never, RestartPolicy::on_failure, RestartPolicy::always));

TEST_F(RealProcesses, OomIsTheKernelsWork) {
  if (detect_cgroups().memory.version == 0) GTEST_SKIP() << detect_cgroups().memory.trouble;
  ReplicaSpec spec = program("client", {STORMPROOF_STUNT, "grow", std::to_string(10U << 20U)});
  spec.contain = true;
  spec.spec.ready.kind = ReadySpec::Kind::log;
  spec.spec.ready.pattern = "grown";
  add(spec);
  ASSERT_TRUE(start_all().ok());
  Fault& fault = make(oom_kind, [](FaultSpec& planned) { planned.restart = 1ms; });
  const Status injected = fault.inject(*this);
  ASSERT_TRUE(injected.ok()) << injected.error().message;
  EXPECT_EQ(fault.hits(), 1U);
  EXPECT_EQ(state("client/0").last_exit, "OOMKilled signal=9");
  ASSERT_TRUE(fault.heal(*this).ok());
  run_until_ready("client/0", 2);
}

TEST_F(RealProcesses, OomWithoutAGroupSaysWhy) {
  start_clients();
  Fault& fault = make(oom_kind);
  const Status injected = fault.inject(*this);
  ASSERT_FALSE(injected.ok());
  EXPECT_THAT(injected.error().message, HasSubstr("memory cgroup"));
  EXPECT_EQ(fault.hits(), 0U);
}

}  // namespace
}  // namespace stormproof
