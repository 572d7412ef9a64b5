/// What a fault may do to the processes of a target. The supervisor implements it with OS processes; pods could
/// implement it as well: nothing here names a pid, a signal number apart.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace stormproof {

enum class ProcessPhase { absent, starting, ready, stopping, backoff, finished };

struct ProcessState {
  std::string name;  ///< "client/0"
  ProcessPhase phase = ProcessPhase::absent;
  bool running = false;
  std::int64_t pid = 0;  ///< 0 when not running
  int restarts = 0;
  int starts = 0;
  int exits = 0;
  std::string last_exit;           ///< "Error code=1", "OOMKilled signal=9", "Completed"; empty before the first
  std::string limits_by;           ///< "cgroup v1", "cgroup v2", "rlimit" or ""
  std::uint64_t memory_bytes = 0;  ///< resident now, 0 when unknown
};

/// All calls from the run's event-loop thread. Calls that say so block, for at most the time they name.
class ProcessControl {
 public:
  virtual ~ProcessControl() = default;

  /// "client" -> client/0, client/1; "client/0" -> itself. Empty when there is no such target.
  virtual std::vector<std::string> resolve(const std::string& selector) const = 0;
  virtual ProcessState state(const std::string& process) const = 0;

  /// SIGKILL to the process and its group; returns when its death is confirmed (blocks, at most 5 s). The exit counts
  /// as asked for. `hold` keeps the restart policy from acting until start() or release().
  virtual Status kill(const std::string& process, bool hold) = 0;
  /// SIGTERM; after `grace` SIGKILL. Returns at once; `done` is called on the loop with the exit ("Completed", ...).
  virtual Status terminate(const std::string& process, std::optional<Nanos> grace, bool hold,
                           std::function<void(bool killed)> done) = 0;
  /// SIGSTOP / SIGCONT to the group; returns when /proc shows the state (blocks, at most 1 s).
  virtual Status pause(const std::string& process) = 0;
  virtual Status resume(const std::string& process) = 0;
  /// Starts it again now (no back-off); success when it already runs. Readiness is awaited in the background.
  virtual Status start(const std::string& process) = 0;
  /// Lets the restart policy act again on a process held by kill/terminate: restarts it if the policy says so.
  virtual Status release(const std::string& process) = 0;
  /// Makes the kernel's OOM killer strike: lowers the memory cgroup of the process below what it uses (blocks, at most
  /// 2 s). The exit is reported as OOMKilled; `hold` as for kill. An environment error where there is no memory
  /// controller.
  virtual Status exhaust_memory(const std::string& process, bool hold) = 0;
};

}  // namespace stormproof
