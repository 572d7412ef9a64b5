#include "harness/supervise/supervisor_fsm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <csignal>

#include "harness/base/units.h"
#include "tests/support/fake_clock.h"

namespace stormproof {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Fsm = ReplicaFsm;

std::string word(const Fsm::TimerId id) {
  return id == Fsm::TimerId::restart ? "restart" : id == Fsm::TimerId::grace ? "grace" : "ready";
}

std::string word(const Fsm::Action& action) {
  if (std::holds_alternative<Fsm::Spawn>(action)) return "spawn";
  if (std::holds_alternative<Fsm::StartProbe>(action)) return "probe";
  if (std::holds_alternative<Fsm::StopProbe>(action)) return "no probe";
  if (std::holds_alternative<Fsm::ReadyOverdue>(action)) return "overdue";
  if (const auto* s = std::get_if<Fsm::Signal>(&action)) return "signal " + std::to_string(s->number);
  if (const auto* t = std::get_if<Fsm::SetTimer>(&action))
    return "timer " + word(t->id) + " " + print_duration(t->delay);
  if (const auto* c = std::get_if<Fsm::CancelTimer>(&action)) return "no timer " + word(c->id);
  if (const auto* t = std::get_if<Fsm::Terminated>(&action)) return t->killed ? "terminated by kill" : "terminated";
  const auto& r = std::get<Fsm::Report>(action);
  std::string text(to_string(r.type));
  if (r.type == LifecycleType::exited) text += (r.asked ? " asked " : " unasked ") + describe(r.exit);
  if (r.type == LifecycleType::backoff) text += " " + print_duration(r.delay);
  return text;
}

std::vector<std::string> words(const Fsm::Actions& actions) {
  std::vector<std::string> all;
  for (const auto& action : actions) all.push_back(word(action));
  return all;
}

Fsm::Config config(RestartPolicy restart, bool probed = false) {
  return {restart, {milliseconds(100), milliseconds(350), seconds(6)}, seconds(5), probed, seconds(10)};
}

const ExitStatus kClean{0, 0, false};
const ExitStatus kCrash{1, 0, false};
const ExitStatus kKilled{0, SIGKILL, false};

/// A machine with a process that runs and is ready.
Fsm ready_machine(const Fsm::Config& with, const Clock& clock) {
  Fsm fsm(with);
  fsm.start(clock.now());
  fsm.spawned(clock.now());
  if (with.probed) fsm.probe_succeeded(clock.now());
  return fsm;
}

TEST(ReplicaFsm, WithoutProbeItIsReadyAsSoonAsItRuns) {
  FakeClock clock;
  Fsm fsm(config(RestartPolicy::never));
  EXPECT_THAT(words(fsm.start(clock.now())), ElementsAre("spawn"));
  EXPECT_THAT(words(fsm.spawned(clock.now())), ElementsAre("started", "ready"));
  EXPECT_EQ(fsm.phase(), ProcessPhase::ready);
}

TEST(ReplicaFsm, WithProbeItWaitsForIt) {
  FakeClock clock;
  Fsm fsm(config(RestartPolicy::never, true));
  fsm.start(clock.now());
  EXPECT_THAT(words(fsm.spawned(clock.now())), ElementsAre("started", "timer ready 10s", "probe"));
  EXPECT_EQ(fsm.phase(), ProcessPhase::starting);
  EXPECT_THAT(words(fsm.probe_succeeded(clock.now())), ElementsAre("no timer ready", "ready"));
}

TEST(ReplicaFsm, CrashLoopingDoesNotPutOffTheReadyDeadline) {
  FakeClock clock;
  Fsm fsm(config(RestartPolicy::always, true));
  fsm.start(clock.now());
  fsm.spawned(clock.now());
  EXPECT_THAT(words(fsm.exited(kCrash, clock.now())),
              ElementsAre("no probe", "exited unasked Error code=1", "backoff 100ms", "timer restart 100ms"));
  fsm.timer_fired(Fsm::TimerId::restart, clock.now());
  EXPECT_THAT(words(fsm.spawned(clock.now())), ElementsAre("started", "probe"));
  EXPECT_THAT(words(fsm.timer_fired(Fsm::TimerId::ready, clock.now())), ElementsAre("overdue"));
}

TEST(ReplicaFsm, PoliciesHaveKubernetesMeaning) {
  struct Row {
    RestartPolicy policy;
    ExitStatus exit;
    bool restarts;
    bool asked;
  };
  for (const Row& row :
       {Row{RestartPolicy::never, kClean, false, true}, Row{RestartPolicy::never, kCrash, false, false},
        Row{RestartPolicy::never, kKilled, false, false}, Row{RestartPolicy::on_failure, kClean, false, true},
        Row{RestartPolicy::on_failure, kCrash, true, false}, Row{RestartPolicy::on_failure, kKilled, true, false},
        Row{RestartPolicy::always, kClean, true, false}, Row{RestartPolicy::always, kCrash, true, false},
        Row{RestartPolicy::always, kKilled, true, false}}) {
    FakeClock clock;
    Fsm fsm = ready_machine(config(row.policy), clock);
    const auto actions = words(fsm.exited(row.exit, clock.now()));
    SCOPED_TRACE(describe(row.exit) + " under policy " + std::to_string(static_cast<int>(row.policy)));
    EXPECT_EQ(actions[0], (row.asked ? "exited asked " : "exited unasked ") + describe(row.exit));
    EXPECT_EQ(fsm.phase() == ProcessPhase::backoff, row.restarts);
    EXPECT_EQ(fsm.unasked_exit(), !row.asked);
  }
}

TEST(ReplicaFsm, BackOffDoublesToItsCapAndStartsOverAfterALongLife) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::always), clock);
  std::vector<std::string> delays;
  const auto crash = [&](Nanos life) {
    clock.advance(life);
    delays.push_back(words(fsm.exited(kCrash, clock.now()))[1]);
    fsm.timer_fired(Fsm::TimerId::restart, clock.now());
    fsm.spawned(clock.now());
  };
  for (const Nanos life : {Nanos(milliseconds(10)), Nanos(milliseconds(10)), Nanos(milliseconds(10)),
                           Nanos(milliseconds(10)), Nanos(seconds(6)), Nanos(milliseconds(10))}) {
    crash(life);
  }
  EXPECT_THAT(delays, ElementsAre("backoff 100ms", "backoff 200ms", "backoff 350ms", "backoff 350ms", "backoff 100ms",
                                  "backoff 200ms"));
}

TEST(ReplicaFsm, AKillIsAskedForAndThePolicyStillRestarts) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::always), clock);
  EXPECT_THAT(words(fsm.kill(false, clock.now())), ElementsAre("signal 9"));
  EXPECT_THAT(words(fsm.exited(kKilled, clock.now())),
              ElementsAre("exited asked Error signal=9", "backoff 100ms", "timer restart 100ms"));
  EXPECT_FALSE(fsm.unasked_exit());
}

TEST(ReplicaFsm, AHeldProcessStaysDeadUntilStart) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::always), clock);
  fsm.kill(true, clock.now());
  EXPECT_THAT(words(fsm.exited(kKilled, clock.now())), ElementsAre("exited asked Error signal=9"));
  EXPECT_EQ(fsm.phase(), ProcessPhase::finished);
  EXPECT_THAT(words(fsm.start(clock.now())), ElementsAre("spawn"));
}

TEST(ReplicaFsm, ReleaseGivesTheBackOffCreditForTheTimeHeld) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::always), clock);
  fsm.kill(true, clock.now());
  fsm.exited(kKilled, clock.now());
  clock.advance(milliseconds(60));
  EXPECT_THAT(words(fsm.release(clock.now())), ElementsAre("backoff 40ms", "timer restart 40ms"));
  EXPECT_THAT(words(fsm.release(clock.now())), IsEmpty()) << "only once";
}

TEST(ReplicaFsm, ReleaseOfAFinishedJobLeavesItFinished) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::never), clock);
  fsm.kill(true, clock.now());
  fsm.exited(kKilled, clock.now());
  EXPECT_THAT(words(fsm.release(clock.now())), IsEmpty());
}

TEST(ReplicaFsm, TerminateGivesGraceThenKills) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::never), clock);
  EXPECT_THAT(words(fsm.terminate(milliseconds(200), true, clock.now())),
              ElementsAre("stopping", "signal 15", "timer grace 200ms"));
  EXPECT_THAT(words(fsm.timer_fired(Fsm::TimerId::grace, clock.now())), ElementsAre("signal 9"));
  EXPECT_THAT(words(fsm.exited(kKilled, clock.now())),
              ElementsAre("no timer grace", "exited asked Error signal=9", "terminated by kill"));
}

TEST(ReplicaFsm, ASecondTerminateDoesNotRestartTheGrace) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::never), clock);
  fsm.terminate({}, true, clock.now());
  EXPECT_THAT(words(fsm.terminate({}, true, clock.now())), IsEmpty());
}

TEST(ReplicaFsm, APausedProcessIsWokenToTerminate) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::never), clock);
  fsm.pause_confirmed(clock.now());
  EXPECT_THAT(words(fsm.terminate({}, false, clock.now())),
              ElementsAre("stopping", "signal 15", "signal 18", "timer grace 5s"));
}

TEST(ReplicaFsm, StartDuringTerminationWaitsForTheEnd) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::never), clock);
  fsm.terminate({}, true, clock.now());
  EXPECT_THAT(words(fsm.start(clock.now())), IsEmpty());
  EXPECT_THAT(words(fsm.exited(kClean, clock.now())),
              ElementsAre("no timer grace", "exited asked Completed", "spawn", "terminated"));
}

TEST(ReplicaFsm, AnInjectedOomIsAsked) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::always), clock);
  fsm.expect_exit(false);
  EXPECT_EQ(words(fsm.exited({0, SIGKILL, true}, clock.now()))[0], "exited asked OOMKilled signal=9");
  EXPECT_FALSE(fsm.unasked_exit());
}

TEST(ReplicaFsm, StopDuringBackOffIsTheEnd) {
  FakeClock clock;
  Fsm fsm = ready_machine(config(RestartPolicy::always), clock);
  fsm.exited(kCrash, clock.now());
  EXPECT_THAT(words(fsm.stop(clock.now())), ElementsAre("no timer ready", "no timer restart"));
  EXPECT_THAT(words(fsm.timer_fired(Fsm::TimerId::restart, clock.now())), IsEmpty());
  EXPECT_THAT(words(fsm.start(clock.now())), IsEmpty());
}

TEST(ReplicaFsm, AProgramThatCannotRunCountsAsACrash) {
  FakeClock clock;
  Fsm fsm(config(RestartPolicy::always));
  fsm.start(clock.now());
  EXPECT_THAT(words(fsm.spawn_failed(clock.now())),
              ElementsAre("exited unasked Error code=127", "backoff 100ms", "timer restart 100ms"));
}

/// Plays random events against the machine as a well-behaved shell would, and checks the laws after each.
class Play {
 public:
  explicit Play(Fsm::Config with) : config_(with), fsm_(with) {}

  void step(int choice, int amount) {
    clock_.advance(milliseconds(amount));
    switch (choice % 12) {
      case 0:
        held_ = false;
        take(fsm_.start(clock_.now()));
        break;
      case 1: die(kCrash); break;
      case 2: die(kClean); break;
      case 3:
        if (!running_) break;
        held_ = held_ || amount % 2 == 0;
        take(fsm_.kill(amount % 2 == 0, clock_.now()));
        asked_ = true;
        die(kKilled);
        break;
      case 4:
        if (!running_) break;
        held_ = held_ || amount % 2 == 0;
        asked_ = open_terminate_ = true;
        take(fsm_.terminate({}, amount % 2 == 0, clock_.now()));
        break;
      case 5: fire(Fsm::TimerId::restart); break;
      case 6: fire(Fsm::TimerId::grace); break;
      case 7: fire(Fsm::TimerId::ready); break;
      case 8:
        if (probing_) take(fsm_.probe_succeeded(clock_.now()));
        break;
      case 9:
        held_ = false;
        take(fsm_.release(clock_.now()));
        break;
      case 10:
        if (running_) take(amount % 2 == 0 ? fsm_.pause_confirmed(clock_.now()) : fsm_.resume_confirmed(clock_.now()));
        break;
      case 11:
        if (amount % 8 != 0) break;
        final_ = true;
        if (running_) asked_ = open_terminate_ = true;
        take(fsm_.stop(clock_.now()));
        break;
    }
    RC_ASSERT(fsm_.running() == running_);
    RC_ASSERT(!(fsm_.phase() == ProcessPhase::backoff && timers_.count(Fsm::TimerId::restart) == 0));
    RC_ASSERT(!(fsm_.phase() == ProcessPhase::stopping && timers_.count(Fsm::TimerId::grace) == 0));
    RC_ASSERT(fsm_.starts() - fsm_.exits() == (running_ ? 1 : 0));
  }

 private:
  void fire(Fsm::TimerId id) {
    if (timers_.erase(id) == 0) return;
    take(fsm_.timer_fired(id, clock_.now()));
    if (id == Fsm::TimerId::grace && running_) timers_.insert(id);  // SIGKILL is on its way; the death is next
  }

  void die(ExitStatus exit) {
    if (!running_) return;
    running_ = false;
    const bool asked = asked_ || (exit.success() && config_.restart != RestartPolicy::always);
    asked_ = false;
    exits_reported_ = 0;
    expect_asked_ = asked;
    take(fsm_.exited(exit, clock_.now()));
    RC_ASSERT(exits_reported_ == 1);
    RC_ASSERT(!open_terminate_);
  }

  void take(const Fsm::Actions& actions) {
    for (const auto& action : actions) {
      if (std::holds_alternative<Fsm::Spawn>(action)) {
        RC_ASSERT(!running_);
        RC_ASSERT(!final_);
        RC_ASSERT(!held_);
        running_ = true;
        asked_ = false;
        take(fsm_.spawned(clock_.now()));
      } else if (const auto* set = std::get_if<Fsm::SetTimer>(&action)) {
        RC_ASSERT(set->delay >= Nanos{});
        if (set->id == Fsm::TimerId::restart) RC_ASSERT(set->delay <= config_.backoff.max);
        timers_.insert(set->id);
      } else if (const auto* cancel = std::get_if<Fsm::CancelTimer>(&action)) {
        timers_.erase(cancel->id);
      } else if (std::holds_alternative<Fsm::StartProbe>(action)) {
        RC_ASSERT(!probing_);
        probing_ = true;
      } else if (std::holds_alternative<Fsm::StopProbe>(action)) {
        probing_ = false;
      } else if (std::holds_alternative<Fsm::Signal>(action)) {
        RC_ASSERT(running_);
      } else if (std::holds_alternative<Fsm::Terminated>(action)) {
        open_terminate_ = false;
      } else if (const auto* report = std::get_if<Fsm::Report>(&action)) {
        if (report->type == LifecycleType::ready) probing_ = false;
        if (report->type == LifecycleType::exited) {
          ++exits_reported_;
          RC_ASSERT(report->asked == expect_asked_);
        }
      }
    }
  }

  Fsm::Config config_;
  Fsm fsm_;
  FakeClock clock_;
  std::set<Fsm::TimerId> timers_;
  bool running_ = false;
  bool probing_ = false;
  bool held_ = false;
  bool asked_ = false;
  bool expect_asked_ = false;
  bool open_terminate_ = false;
  bool final_ = false;
  int exits_reported_ = 0;
};

RC_GTEST_PROP(ReplicaFsm, KeepsItsLawsUnderAnyEvents, ()) {
  const auto policy = *rc::gen::element(RestartPolicy::never, RestartPolicy::on_failure, RestartPolicy::always);
  Play play(config(policy, *rc::gen::arbitrary<bool>()));
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 12), rc::gen::inRange(0, 3000)));
  for (const auto& [choice, amount] : steps) play.step(choice, amount);
}

}  // namespace
}  // namespace stormproof
