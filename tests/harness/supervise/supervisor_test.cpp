#include "harness/supervise/supervisor.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/base/fd.h"
#include "harness/supervise/port_pool.h"
#include "tests/harness/supervise/supervise_fixture.h"
#include "tests/support/golden.h"

namespace stormproof {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kIdle = "exec sleep 1000";

int open_descriptors() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    (void)entry;
    ++count;
  }
  return count;
}

TEST_F(SuperviseTest, RunsAndStopsGracefully) {
  add(shell("server", "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done"));
  ASSERT_TRUE(start_all());
  run_until([&] { return !lines_.empty(); }, "the first line");
  stop_all();
  EXPECT_THAT(recorder_.life("server/0"),
              ElementsAre("started start=1", "ready", "stopping SIGTERM", "exited asked 0 Completed"));
  EXPECT_EQ(log_of("server"), "up\nbye\n");
  EXPECT_THAT(lines_, ElementsAre("server/0: up", "server/0: bye"));
  EXPECT_EQ(supervisor_->summaries()[0].last_state, "stopped by harness: Completed");
  EXPECT_FALSE(supervisor_->summaries()[0].unasked_exit);
}

TEST_F(SuperviseTest, StartsInOrderAndStopsInReverse) {
  ReplicaSpec server = shell("server", "sleep 0.05; echo listening; exec sleep 1000");
  server.spec.ready.kind = ReadySpec::Kind::log;
  server.spec.ready.pattern = "^listening$";
  ReplicaSpec client = shell("client", kIdle);
  client.spec.after = {"server"};
  add(client);
  add(server);
  ASSERT_TRUE(start_all());
  stop_all();
  std::vector<std::string> order;
  for (const auto& change : changes_) order.push_back(change.process + " " + std::string(to_string(change.type)));
  EXPECT_THAT(order, ElementsAre("server/0 started", "server/0 ready", "client/0 started", "client/0 ready",
                                 "client/0 stopping", "client/0 exited", "server/0 stopping", "server/0 exited"));
}

TEST_F(SuperviseTest, EnvironmentIsCleanAndTheChildHasThreeDescriptors) {
  ::setenv("STORMPROOF_LEAK", "1", 1);
  ReplicaSpec spec = shell("server", "env; ls -l /proc/self/fd | wc -l; pwd; cat; exec sleep 1000");
  spec.spec.ready.kind = ReadySpec::Kind::log;
  spec.spec.ready.pattern = "^/";
  spec.env = {{"POD_NAME", "server/0"}};
  add(spec);
  const Fd leak(::open("/etc/hostname", O_RDONLY));  // without O_CLOEXEC
  ASSERT_TRUE(start_all());
  EXPECT_THAT(lines_, Contains("server/0: POD_NAME=server/0"));
  EXPECT_THAT(lines_, Contains("server/0: STORMPROOF_RUN=" + run_id_));
  EXPECT_THAT(lines_, Not(Contains("server/0: STORMPROOF_LEAK=1")));
  EXPECT_THAT(lines_, Contains("server/0: 5")) << "ls sees 0, 1, 2 and its own directory, after a line `total`";
  EXPECT_THAT(lines_, Contains("server/0: " + spec.directory.string()));
}

TEST_F(SuperviseTest, ReadyByTcp) {
  PortPool ports{Rng(draw_seed())};
  ReplicaSpec spec = program("server", {STORMPROOF_STUNT, "listen", "30"});
  spec.ports = {{"api", ports.allocate().value()}};
  spec.argv.push_back(std::to_string(spec.ports["api"]));
  spec.spec.ready.kind = ReadySpec::Kind::tcp;
  spec.spec.ready.port = "api";
  add(spec);
  ASSERT_TRUE(start_all());
  EXPECT_EQ(supervisor_->state("server/0").phase, ProcessPhase::ready);
}

TEST_F(SuperviseTest, ReadyByHttpOnceTheAnswerIsGood) {
  PortPool ports{Rng(draw_seed())};
  ReplicaSpec spec = program("server", {STORMPROOF_STUNT, "http", "5"});  // 503 five times, then 200
  spec.ports = {{"api", ports.allocate().value()}};
  spec.argv.push_back(std::to_string(spec.ports["api"]));
  spec.spec.ready.kind = ReadySpec::Kind::http;
  spec.spec.ready.port = "api";
  spec.spec.ready.path = "/health";
  add(spec);
  ASSERT_TRUE(start_all());
  EXPECT_THAT(lines_, Contains("server/0: GET /health HTTP/1.1"));
}

TEST_F(SuperviseTest, ReadyByCommand) {
  ReplicaSpec spec = shell("server", "sleep 0.05; touch ready; exec sleep 1000");
  spec.spec.ready.kind = ReadySpec::Kind::exec;
  spec.spec.ready.argv = {"test", "-e", "ready"};
  add(spec);
  ASSERT_TRUE(start_all());
}

TEST_F(SuperviseTest, NeverReadyShowsTheTailOfTheLog) {
  ReplicaSpec spec = shell("server", "echo loading; echo 'cannot find the dataset' >&2; exec sleep 1000");
  spec.ports = {{"api", 1}};
  spec.spec.ready.kind = ReadySpec::Kind::tcp;
  spec.spec.ready.port = "api";
  spec.spec.ready.within = milliseconds(300);
  add(spec);
  const Status status = start_all();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::environment);
  EXPECT_THAT(status.error().message,
              HasSubstr("target server/0 never became ready within 300ms: 127.0.0.1:1: Connection "
                        "refused\nthe last lines it printed:\n"));
  EXPECT_THAT(status.error().message, HasSubstr("    cannot find the dataset"));
  EXPECT_THAT(status.error().hint, HasSubstr("stderr.log; if it only needs longer, raise ready.within"));
  stop_all();
}

TEST_F(SuperviseTest, DeadBeforeReadySaysHow) {
  ReplicaSpec spec = shell("server", "echo 'no such option' >&2; exit 3");
  spec.spec.ready.kind = ReadySpec::Kind::log;
  spec.spec.ready.pattern = "listening";
  add(spec);
  const Status status = start_all();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "target server/0 never became ready: it exited: Error code=3; no line of its output matched listening\n"
            "the last lines it printed:\n    no such option");
}

TEST_F(SuperviseTest, MissingBinary) {
  add(program("server", {"/nope/server"}));
  const Status status = start_all();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "cannot start server/0: /nope/server: No such file or directory");
  EXPECT_EQ(status.error().code, ErrorCode::environment);
}

TEST_F(SuperviseTest, NotInPath) {
  add(program("server", {"no-such-program-here"}));
  const Status status = start_all();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("cannot start server/0: no-such-program-here: not found in PATH ("));
}

TEST_F(SuperviseTest, NotExecutable) {
  const auto file = directory_ / "plain";
  std::ofstream(file) << "#!/bin/sh\n";
  add(program("server", {file.string()}));
  const Status status = start_all();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "cannot start server/0: " + file.string() + ": Permission denied");
  EXPECT_EQ(status.error().hint, "make it executable: chmod +x " + file.string());
}

TEST_F(SuperviseTest, AlwaysRestartsWithGrowingPauses) {
  ReplicaSpec spec = shell("client", "exit 1");
  spec.spec.restart = RestartPolicy::always;
  spec.spec.backoff = {milliseconds(10), milliseconds(40), seconds(10)};
  add(spec);
  ASSERT_TRUE(start_all());
  run_until([&] { return supervisor_->state("client/0").starts >= 5; }, "five starts");
  const auto life = recorder_.life("client/0");
  const std::vector<std::string> head(life.begin(), life.begin() + 12);
  EXPECT_THAT(
      head,
      ElementsAre("started start=1", "ready", "exited unasked 1 Error code=1", "backoff CrashLoopBackOff delay=10ms",
                  "started start=2", "ready", "exited unasked 1 Error code=1", "backoff CrashLoopBackOff delay=20ms",
                  "started start=3", "ready", "exited unasked 1 Error code=1", "backoff CrashLoopBackOff delay=40ms"));
  EXPECT_TRUE(supervisor_->summaries()[0].unasked_exit);
}

TEST_F(SuperviseTest, CompletedIsTheEndUnlessAlways) {
  ReplicaSpec spec = shell("job", "exit 0");
  spec.spec.restart = RestartPolicy::on_failure;
  add(spec);
  ASSERT_TRUE(start_all());
  run_until([&] { return supervisor_->state("job/0").phase == ProcessPhase::finished; }, "the job is done");
  EXPECT_THAT(recorder_.life("job/0"), ElementsAre("started start=1", "ready", "exited asked 0 Completed"));
}

TEST_F(SuperviseTest, KillIsConfirmedAndAsked) {
  ReplicaSpec spec = shell("client", kIdle);
  spec.spec.restart = RestartPolicy::always;
  add(spec);
  ASSERT_TRUE(start_all());
  const auto pid = static_cast<pid_t>(supervisor_->state("client/0").pid);
  ASSERT_TRUE(supervisor_->kill("client/0", true));
  EXPECT_EQ(::kill(pid, 0), -1) << "reaped when kill returns";
  EXPECT_EQ(supervisor_->state("client/0").phase, ProcessPhase::finished);
  EXPECT_FALSE(supervisor_->kill("client/0", true)) << "nothing to kill";
  ASSERT_TRUE(supervisor_->start("client/0"));
  EXPECT_TRUE(supervisor_->state("client/0").running);
  ASSERT_TRUE(supervisor_->start("client/0")) << "already running is success";
  EXPECT_THAT(recorder_.life("client/0"),
              ElementsAre("started start=1", "ready", "exited asked 137 Error signal=9", "started start=2", "ready"));
}

TEST_F(SuperviseTest, ACrashJustBeforeTheKillIsNotPassedOffAsAsked) {
  add(shell("client", "exit 3"));
  ASSERT_TRUE(start_all());
  const auto pid = static_cast<pid_t>(supervisor_->state("client/0").pid);
  while (pid != 0 && !proc_stat(pid)->zombie()) {  // dead, but the loop has not run
  }
  const Status killed = supervisor_->kill("client/0", true);
  ASSERT_FALSE(killed);
  EXPECT_EQ(killed.error().message, "client/0 is not running: there is nothing to kill");
  EXPECT_EQ(recorder_.life("client/0").back(), "exited unasked 3 Error code=3");
}

TEST_F(SuperviseTest, ReleaseLetsThePolicyAct) {
  ReplicaSpec spec = shell("client", kIdle);
  spec.spec.restart = RestartPolicy::on_failure;
  spec.spec.backoff.initial = milliseconds(5);
  add(spec);
  ASSERT_TRUE(start_all());
  ASSERT_TRUE(supervisor_->kill("client/0", true));
  ASSERT_TRUE(supervisor_->release("client/0"));
  run_until([&] { return supervisor_->state("client/0").starts == 2; }, "restarted by its policy");
}

TEST_F(SuperviseTest, TerminateKillsAfterTheGrace) {
  ReplicaSpec spec = shell("client", "trap '' TERM; echo deaf; while :; do sleep 0.01; done");
  spec.spec.ready.kind = ReadySpec::Kind::log;
  spec.spec.ready.pattern = "deaf";
  add(spec);
  ASSERT_TRUE(start_all());
  std::optional<bool> killed;
  ASSERT_TRUE(supervisor_->terminate("client/0", milliseconds(50), true, [&](bool by_kill) { killed = by_kill; }));
  run_until([&] { return killed.has_value(); }, "terminate is answered");
  EXPECT_TRUE(*killed);
  EXPECT_THAT(recorder_.life("client/0"),
              ElementsAre("started start=1", "ready", "stopping SIGTERM", "exited asked 137 Error signal=9"));
}

TEST_F(SuperviseTest, PauseAndResumeAreSeenInProc) {
  add(shell("client", kIdle));
  ASSERT_TRUE(start_all());
  const auto pid = static_cast<pid_t>(supervisor_->state("client/0").pid);
  ASSERT_TRUE(supervisor_->pause("client/0"));
  EXPECT_EQ(proc_stat(pid)->state, 'T');
  ASSERT_TRUE(supervisor_->resume("client/0"));
  EXPECT_NE(proc_stat(pid)->state, 'T');
  ASSERT_TRUE(supervisor_->pause("client/0"));
  stop_all();
  EXPECT_THAT(recorder_.life("client/0"), ElementsAre("started start=1", "ready", "paused", "resumed", "paused",
                                                      "stopping SIGTERM", "exited asked 143 Error signal=15"))
      << "a paused process is woken to hear SIGTERM";
}

TEST_F(SuperviseTest, GrandchildrenInSessionsOfTheirOwnAreSwept) {
  add(shell("client", "setsid sh -c 'sleep 1000 & exec sleep 1000' & (sleep 1000 &) ; echo forked; exec sleep 1000"));
  ASSERT_TRUE(start_all());
  run_until([&] { return find_marked(run_id_).size() >= 4; }, "all of them run");
  stop_all();
  EXPECT_TRUE(find_marked(run_id_).empty());
  for (const pid_t pid : all_pids()) {
    const auto stat = proc_stat(pid);
    EXPECT_FALSE(stat && stat->parent == ::getpid()) << "zombie or child left: " << pid << " " << stat->state;
  }
}

TEST_F(SuperviseTest, AGrandchildThatKeepsThePipeDoesNotHoldTheExit) {
  add(shell("client", "setsid sh -c 'echo inner; sleep 1000' & sleep 0.02; echo outer; exit 0"));
  ASSERT_TRUE(start_all());
  run_until([&] { return !supervisor_->state("client/0").running; }, "the exit is seen");
  EXPECT_THAT(lines_, Contains("client/0: outer")) << "what was printed before the exit is read before it is told";
}

TEST_F(SuperviseTest, AnEndlessPrinterIsCutAndHarmless) {
  add(program("client", {STORMPROOF_STUNT, "print", std::to_string(200U << 20U)}));
  ASSERT_TRUE(start_all());
  std::size_t longest = 0;
  run_until(
      [&] {
        for (const auto& line : lines_) longest = std::max(longest, line.size());
        lines_.clear();
        return !supervisor_->state("client/0").running;
      },
      "it has printed all");
  EXPECT_LE(longest, 17U << 10U) << "one endless line is cut";
  const auto size = std::filesystem::file_size(directory_ / "client-0/stdout.log");
  EXPECT_GE(size, 64U << 20U);
  EXPECT_LE(size, (64U << 20U) + 200);
  EXPECT_THAT(recorder_.life("client/0").back(), "exited asked 0 Completed");
}

TEST_F(SuperviseTest, ClosedStdoutIsFine) {
  add(shell("client", "exec >&- 2>&-; sleep 0.05; exit 0"));
  ASSERT_TRUE(start_all());
  run_until([&] { return !supervisor_->state("client/0").running; }, "the exit is seen");
  EXPECT_THAT(recorder_.life("client/0").back(), "exited asked 0 Completed");
}

TEST_F(SuperviseTest, LimitsSayByWhat) {
  const CgroupSupport support = detect_cgroups();
  ReplicaSpec spec = shell("client", "ulimit -n; cat /proc/self/cgroup; exec sleep 1000");
  spec.spec.limits.files = 64;
  spec.spec.limits.memory = 64U << 20U;
  spec.spec.ready.kind = ReadySpec::Kind::log;
  spec.spec.ready.pattern = support.memory.version == 0 ? "64" : "stormproof-";
  add(spec);
  ASSERT_TRUE(start_all());
  EXPECT_THAT(lines_, Contains("client/0: 64"));
  EXPECT_THAT(supervisor_->state("client/0").limits_by, AnyOf("cgroup v1", "cgroup v2", "rlimit"));
  EXPECT_THAT(recorder_.notes(), Contains(HasSubstr("client/0 is limited: memory 64MiB by ")));
  EXPECT_THAT(recorder_.notes(), Contains(HasSubstr("files 64 by rlimit")));
  expect_nothing_left();
}

TEST_F(SuperviseTest, TheCpuIsLimitedByItsCgroup) {
  const CgroupSupport support = detect_cgroups();
  ReplicaSpec spec = shell("client", kIdle);
  spec.spec.limits.cpu = 0.25;
  if (support.cpu.version == 0) {
    const Status added = supervisor_->add(spec);
    ASSERT_FALSE(added);
    EXPECT_THAT(added.error().message, HasSubstr("client/0: its cpu cannot be limited: "));
    return;
  }
  add(spec);
  ASSERT_TRUE(start_all());
  const auto group = support.cpu.parent / ("stormproof-" + run_id_ + "-client-0");
  const std::string members = read_file(group / "cgroup.procs");
  EXPECT_EQ(members, std::to_string(supervisor_->state("client/0").pid) + "\n") << "there before it ran its program";
  EXPECT_EQ(read_file(group / (support.cpu.version == 2 ? "cpu.max" : "cpu.cfs_quota_us")),
            support.cpu.version == 2 ? "25000 100000\n" : "25000\n");
  expect_nothing_left();
}

TEST_F(SuperviseTest, WhoClearsItsEnvironmentIsStillFoundInItsCgroup) {
  if (detect_cgroups().memory.version == 0) GTEST_SKIP() << detect_cgroups().memory.trouble;
  ReplicaSpec spec = shell("client", "env -i setsid sh -c 'echo inner $$; exec sleep 1000' & exec sleep 1000");
  spec.contain = true;
  spec.spec.ready.kind = ReadySpec::Kind::log;
  spec.spec.ready.pattern = "inner";
  add(spec);
  ASSERT_TRUE(start_all());
  const auto pid = static_cast<pid_t>(std::stoi(lines_.back().substr(lines_.back().rfind(' '))));
  ASSERT_TRUE(proc_stat(pid));
  expect_nothing_left();
  const auto stat = proc_stat(pid);
  EXPECT_TRUE(!stat || stat->zombie());
}

TEST_F(SuperviseTest, OverTheMemoryLimitIsOomKilledAndUnasked) {
  if (detect_cgroups().memory.version == 0) GTEST_SKIP() << detect_cgroups().memory.trouble;
  ReplicaSpec spec = program("client", {STORMPROOF_STUNT, "grow", std::to_string(64U << 20U)});
  spec.spec.limits.memory = 16U << 20U;
  add(spec);
  ASSERT_TRUE(start_all());
  run_until([&] { return !supervisor_->state("client/0").running; }, "the OOM killer strikes");
  EXPECT_THAT(recorder_.life("client/0").back(), "exited unasked 137 OOMKilled signal=9");
  expect_nothing_left();
}

TEST_F(SuperviseTest, ExhaustMemoryBringsTheOomKillerEveryTime) {
  if (detect_cgroups().memory.version == 0) GTEST_SKIP() << detect_cgroups().memory.trouble;
  ReplicaSpec spec = program("client", {STORMPROOF_STUNT, "grow", std::to_string(10U << 20U)});
  spec.contain = true;
  spec.spec.restart = RestartPolicy::always;
  spec.spec.backoff.initial = milliseconds(1);
  spec.spec.ready.kind = ReadySpec::Kind::log;
  spec.spec.ready.pattern = "grown";
  add(spec);
  ASSERT_TRUE(start_all());
  for (int round = 1; round <= 10; ++round) {
    const Status exhausted = supervisor_->exhaust_memory("client/0", false);
    ASSERT_TRUE(exhausted) << exhausted.error().message;
    EXPECT_EQ(supervisor_->state("client/0").last_exit, "OOMKilled signal=9");
    run_until([&] { return supervisor_->state("client/0").phase == ProcessPhase::ready; },
              "it grows again: the limit is restored");
  }
  EXPECT_FALSE(supervisor_->summaries()[0].unasked_exit);
  expect_nothing_left();
}

TEST_F(SuperviseTest, NoDescriptorIsLostOverManyLives) {
  ReplicaSpec spec = shell("client", kIdle);
  spec.spec.restart = RestartPolicy::always;
  spec.spec.backoff = {milliseconds(0), milliseconds(0), seconds(1)};
  add(spec);
  ASSERT_TRUE(start_all());
  const auto cycle = [&](int starts) {
    ASSERT_TRUE(supervisor_->kill("client/0", false));
    run_until([&] { return supervisor_->state("client/0").starts == starts; }, "restarted");
  };
  for (int i = 2; i <= 5; ++i) cycle(i);
  const int before = open_descriptors();
  for (int i = 6; i <= 205; ++i) cycle(i);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(SuperviseTest, ManyReplicasDieAtOnce) {
  for (int i = 0; i < 20; ++i) {
    ReplicaSpec spec = shell("client", kIdle);
    spec.index = i;
    add(spec);
  }
  ASSERT_TRUE(start_all());
  EXPECT_EQ(supervisor_->resolve("client").size(), 20U);
  EXPECT_EQ(supervisor_->resolve("client/7"), std::vector<std::string>{"client/7"});
  EXPECT_THAT(supervisor_->resolve("nobody"), IsEmpty());
  supervisor_->kill_all();
  expect_nothing_left();
}

TEST_F(SuperviseTest, AListenerMayKillOnALineOfOutput) {
  supervisor_.reset();
  supervisor_ = std::make_unique<Supervisor>(
      loop_, clock_, recorder_, Supervisor::Options{run_id_, nullptr},
      Supervisor::Hooks{nullptr, [this](const std::string& process, std::string_view line) {
                          lines_.emplace_back(line);
                          if (line == "strike") {
                            EXPECT_TRUE(supervisor_->kill(process, true));
                          }
                        }});
  add(shell("client", "printf 'one\\nstrike\\nthree\\n'; exec sleep 1000"));
  ASSERT_TRUE(start_all());
  run_until([&] { return !supervisor_->state("client/0").running && lines_.size() == 3; }, "killed in mid-read");
  EXPECT_THAT(lines_, ElementsAre("one", "strike", "three"));
}

}  // namespace
}  // namespace stormproof
