/// What happens to a target's processes, as values: how one ended, and one line of its life. What a Kubernetes event
/// listener would see of a pod.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/clock.h"

namespace stormproof {

/// How a process ended. `oom`: the kernel's OOM killer chose it (its cgroup says so).
struct ExitStatus {
  int code = 0;    ///< of a normal exit; 0 after a death by signal
  int signal = 0;  ///< 0: exited by itself
  bool oom = false;

  bool success() const { return code == 0 && signal == 0; }
  /// As Kubernetes counts: 128 + signal for a death by signal.
  int exit_code() const { return signal != 0 ? 128 + signal : code; }
  bool operator==(const ExitStatus&) const = default;
};

/// "Completed", "Error" or "OOMKilled".
std::string_view reason_of(const ExitStatus& exit);
/// "Completed", "Error code=1", "Error signal=9", "OOMKilled signal=9".
std::string describe(const ExitStatus& exit);

enum class LifecycleType { started, ready, exited, backoff, stopping, paused, resumed };

/// "started", "ready", ... as the history spells it.
std::string_view to_string(LifecycleType type);

struct LifecycleChange {
  LifecycleType type = LifecycleType::started;
  std::string process;  ///< "client/0"
  std::string target;   ///< "client"
  int index = 0;
  std::int64_t pid = 0;
  Nanos time{};        ///< since the start of the run
  std::string reason;  ///< exited: Completed | Error | OOMKilled; backoff: CrashLoopBackOff; else empty
  ExitStatus exit;     ///< exited only
  bool asked = false;  ///< exited: somebody wanted it (a fault, the end of the run, or its own restart policy)
  int restart_count = 0;
  std::string detail;  ///< as in the history: "start=2 pid=123", "Error code=1", "CrashLoopBackOff delay=200ms"
};

}  // namespace stormproof
