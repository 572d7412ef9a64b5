/// What a Replica is made of. Only for replica*.cpp.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/supervise/output.h"
#include "harness/supervise/readiness.h"
#include "harness/supervise/replica.h"
#include "harness/supervise/spawn.h"
#include "harness/supervise/supervisor_fsm.h"
#include "harness/supervise/timer.h"

namespace stormproof {

/// How long death takes at most once the kernel has been told.
inline constexpr Nanos kDeathTimeout = std::chrono::seconds(5);

struct Replica::Impl : std::enable_shared_from_this<Replica::Impl> {
  Impl(ReplicaSpec given, World& around);

  // Decisions into actions.

  Nanos now() const { return world.clock.now(); }

  /// Acts at once, in order; listeners hear of it when all is done, because they may act on this replica themselves.
  void apply(const ReplicaFsm::Actions& actions);
  Timer& timer(ReplicaFsm::TimerId id);
  void set_timer(ReplicaFsm::TimerId id, Nanos delay);
  void signal_group(int number);
  void report(const ReplicaFsm::Report& what);
  void record(const LifecycleChange& change);
  void note(const std::string& sentence);
  void answer_terminate(bool killed);

  // The process.

  SpawnRequest request() const;
  Result<std::unique_ptr<PipeReader>> open_pipe(const std::shared_ptr<LogFile>& log);
  Status try_make_process();
  void make_process();
  void start_probe();
  void on_exit(const WaitStatus& status);
  /// A death the loop has not heard of yet is heard of now: what comes next must not pass for its cause.
  void notice_death();
  /// Waits until /proc shows the process stopped or not; false when it died or the time is over.
  bool wait_for_stopped(bool stopped);
  Error not_running(const std::string& verb) const;

  // Memory.

  Status make_cgroup();
  std::string limits_sentence() const;
  /// Grows without end inside the target's cgroup, so that the kernel has to choose somebody to kill; the shell doubles
  /// a string and needs nothing installed.
  pid_t spawn_ballast();
  bool squeeze_to_death();

  ReplicaSpec spec;
  const std::string name;
  World& world;
  ReplicaFsm fsm;
  Timer restart_timer;
  Timer grace_timer;
  Timer ready_timer;
  std::shared_ptr<LogFile> stdout_log = std::make_shared<LogFile>();
  std::shared_ptr<LogFile> stderr_log = std::make_shared<LogFile>();
  LogTail tail;
  std::vector<std::unique_ptr<PipeReader>> pipes;  ///< of all incarnations whose writing ends are still open
  std::unique_ptr<ReadinessProbe> probe;
  std::unique_ptr<Cgroup> cgroup;
  std::string limits_by;
  std::uint64_t oom_kills_seen = 0;
  bool squeezed = false;
  pid_t pid = 0;
  pid_t last_pid = 0;
  bool overdue = false;
  bool stopped_by_us = false;
  std::string last_trouble;
  std::optional<Error> spawn_error;
  std::vector<std::function<void(bool)>> terminate_calls;
  std::deque<std::function<void()>> outbox;
  bool delivering = false;
};

}  // namespace stormproof
