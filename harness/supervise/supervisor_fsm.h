/// Every decision about the life of one replica: what to do when it dies, when to start it again, what counts as asked
/// for. Pure: events and the time go in, actions come out; no clock, no process, no event loop. The shell around it is
/// replica.cpp.
///
/// Restarts follow Kubernetes: `always` restarts after every exit, `on-failure` after a non-zero one, `never` leaves
/// it; each restart waits twice as long as the one before (CrashLoopBackOff) until the process has run for `reset`.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "harness/api/process.h"
#include "harness/model/scenario.h"
#include "harness/supervise/lifecycle.h"

namespace stormproof {

class ReplicaFsm {
 public:
  struct Config {
    RestartPolicy restart = RestartPolicy::never;
    BackoffSpec backoff;
    Nanos grace = std::chrono::seconds(5);
    bool probed = false;  ///< false: ready as soon as it runs
    Nanos ready_within = std::chrono::seconds(10);
  };

  enum class TimerId { restart, grace, ready };

  struct Spawn {};  ///< make the process, then call spawned() or spawn_failed()
  struct StartProbe {};
  struct StopProbe {};
  struct Signal {
    int number = 0;
  };  ///< SIGTERM to the process alone, as Kubernetes does; any other to its whole group
  struct SetTimer {
    TimerId id = TimerId::restart;
    Nanos delay{};
  };
  struct CancelTimer {
    TimerId id = TimerId::restart;
  };
  struct Report {
    LifecycleType type = LifecycleType::started;
    ExitStatus exit;  ///< exited
    bool asked = false;
    Nanos delay{};  ///< backoff
  };
  struct Terminated {
    bool killed = false;
  };                       ///< answer every open terminate(): it is gone
  struct ReadyOverdue {};  ///< never once ready within `ready_within` of the first start
  using Action =
      std::variant<Spawn, StartProbe, StopProbe, Signal, SetTimer, CancelTimer, Report, Terminated, ReadyOverdue>;
  using Actions = std::vector<Action>;

  explicit ReplicaFsm(Config config) : config_(config) {}

  /// Start now, whatever the policy and back-off say. While it is on its way out: once it is gone. Clears a hold.
  Actions start(Nanos now);
  Actions spawned(Nanos now);
  /// The executable could not be run. Counts as an exit with code 127 that nobody asked for.
  Actions spawn_failed(Nanos now);
  Actions probe_succeeded(Nanos now);
  /// It is gone and reaped.
  Actions exited(ExitStatus exit, Nanos now);
  Actions timer_fired(TimerId id, Nanos now);

  /// SIGKILL; needs a running process.
  Actions kill(bool hold, Nanos now);
  /// SIGTERM, after `grace` SIGKILL; needs a running process.
  Actions terminate(std::optional<Nanos> grace, bool hold, Nanos now);
  /// /proc shows it stopped, or running again.
  Actions pause_confirmed(Nanos now);
  Actions resume_confirmed(Nanos now);
  /// The restart policy may act again, on the last exit, as if there had been no hold.
  Actions release(Nanos now);
  /// The exit to come is wanted (an injected OOM).
  void expect_exit(bool hold) {
    asked_ = true;
    if (hold) take_hold();
  }
  /// It did not come after all.
  void expect_no_exit() { asked_ = held_ = false; }
  /// The end of the run: no restart any more; SIGTERM and grace if it runs.
  Actions stop(Nanos now);
  /// The same without grace.
  Actions stop_at_once(Nanos now);

  ProcessPhase phase() const { return phase_; }
  bool running() const { return running_; }
  bool paused() const { return paused_; }
  bool held() const { return held_; }
  bool stopped_for_good() const { return final_; }
  bool ever_ready() const { return ever_ready_; }
  bool unasked_exit() const { return unasked_exit_; }
  int starts() const { return starts_; }
  int restarts() const { return starts_ > 0 ? starts_ - 1 : 0; }
  int exits() const { return exits_; }
  const std::optional<ExitStatus>& last_exit() const { return last_exit_; }

 private:
  bool policy_restarts() const;
  void take_hold() {
    held_ = true;
    start_when_gone_ = false;
  }
  void begin_stop(Nanos grace, Actions& actions);
  void plan_restart(Nanos now, Actions& actions);
  void gone(ExitStatus exit, bool asked, Nanos now, Actions& actions);

  Config config_;
  ProcessPhase phase_ = ProcessPhase::absent;
  bool running_ = false;
  bool paused_ = false;
  bool held_ = false;
  bool asked_ = false;            ///< the next exit was asked for
  bool term_sent_ = false;        ///< a terminate() is open
  bool killed_in_grace_ = false;  ///< and had to be finished with SIGKILL
  bool start_when_gone_ = false;
  bool final_ = false;
  bool ever_ready_ = false;
  bool unasked_exit_ = false;
  int starts_ = 0;
  int exits_ = 0;
  int crashes_ = 0;  ///< consecutive, for the back-off
  Nanos started_at_{};
  Nanos exited_at_{};
  std::optional<ExitStatus> last_exit_;
};

}  // namespace stormproof
