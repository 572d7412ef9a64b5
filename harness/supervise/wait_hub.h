/// The only waiter of the run: every child of the supervisor is reaped here, through its pidfd, with its resource
/// usage. Orphans that were re-parented to the harness (it is a child subreaper) are reaped too, but only those that
/// belong to a session one of our children leads or carry our mark: other parts of the harness wait for their own
/// children. All calls from the event loop's thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/fd.h"
#include "harness/supervise/wait_status.h"

namespace boost::asio {
class io_context;
}

namespace stormproof {

class WaitHub {
 public:
  /// `mark`: value of STORMPROOF_RUN of this run's processes.
  WaitHub(boost::asio::io_context& loop, std::string mark);
  /// Kills and reaps what is still watched, without calling back.
  ~WaitHub();
  WaitHub(const WaitHub&) = delete;
  WaitHub& operator=(const WaitHub&) = delete;

  /// Takes the pidfd. `exited` is called once, on the loop or from wait_killed(), after the rest of the child's process
  /// group was killed and the child was reaped.
  void watch(pid_t pid, Fd pidfd, std::function<void(const WaitStatus&)> exited);
  /// Blocks until the child is dead, then calls its `exited`. False when it was still alive after `timeout`. The caller
  /// has sent SIGKILL to the group, so nobody in it needs a second one.
  bool wait_killed(pid_t pid, Nanos timeout);
  /// Blocks until the child is dead or the time is over, without reaping.
  bool wait_dead(pid_t pid, Nanos timeout) const;
  /// Reaps what died among the orphans of this run. Called by itself every 100 ms while something is watched.
  void reap_orphans();
  /// Reaps those of `pids` that were re-parented to this process; they are known to be dying. Blocks at most 200 ms.
  void reap_adopted(const std::vector<pid_t>& pids);
  std::size_t watched() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace stormproof
