/// Starts the targets of a run in order, keeps them as their specs say, breaks them when a fault asks, stops them in
/// the reverse order and leaves nothing. Implements ProcessControl with OS processes.
///
/// Owned by one run; every call, and every hook, on the thread of its event loop. That thread spawns the processes and
/// must live as long as they: they die with it (PR_SET_PDEATHSIG).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/supervise/replica.h"

namespace stormproof {

class Supervisor final : public ProcessControl {
 public:
  struct Options {
    std::string run_id;      ///< unique within this harness process; letters, digits, '-', '_', '.'
    Guard* guard = nullptr;  ///< null in tests: nothing then survives only as long as the harness does not die
  };
  struct Hooks {
    std::function<void(const LifecycleChange&)> on_change;
    std::function<void(const std::string& process, std::string_view line)> on_line;  ///< stdout and stderr
  };

  Supervisor(boost::asio::io_context& loop, const Clock& clock, Recorder& recorder, Options options, Hooks hooks);
  /// As kill_all().
  ~Supervisor() override;

  /// Checks what the replica needs of the machine, opens its logs, makes its cgroups. Starts nothing.
  Status add(ReplicaSpec spec);
  /// Starts every target once all targets in its spec.after are ready; those that do not depend on each other together.
  /// `done` is called once, on the loop: success when all are ready; else the first trouble, and what already runs goes
  /// on running until stop_all(). Not called when stop_all() or kill_all() comes first.
  void start_all(std::function<void(Status)> done);
  /// Reverse order: a target once everything that depends on it is gone. SIGTERM, grace, SIGKILL to the group; then
  /// kills whatever of the run lives on elsewhere. `done` is called on the loop when nothing is left.
  void stop_all(std::function<void()> done);
  /// The same at once, without grace; returns when nothing is left. Idempotent.
  void kill_all();
  /// In the order of add(). Log paths as given in the spec.
  std::vector<ProcessSummary> summaries() const;

  std::vector<std::string> resolve(const std::string& selector) const override;
  ProcessState state(const std::string& process) const override;
  Status kill(const std::string& process, bool hold) override;
  Status terminate(const std::string& process, std::optional<Nanos> grace, bool hold,
                   std::function<void(bool killed)> done) override;
  Status pause(const std::string& process) override;
  Status resume(const std::string& process) override;
  Status start(const std::string& process) override;
  Status release(const std::string& process) override;
  Status exhaust_memory(const std::string& process, bool hold) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace stormproof
