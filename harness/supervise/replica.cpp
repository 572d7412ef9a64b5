#include "harness/supervise/replica.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/supervise/guard.h"
#include "harness/supervise/proc_fs.h"
#include "harness/supervise/replica_impl.h"

namespace stormproof {

Replica::Replica(ReplicaSpec spec, World& world) : impl_(std::make_shared<Impl>(std::move(spec), world)) {}

Replica::~Replica() {
  impl_->probe.reset();
  impl_->pipes.clear();
  if (!impl_->cgroup) return;
  const auto paths = impl_->cgroup->paths();
  impl_->cgroup.reset();
  if (impl_->world.guard == nullptr) return;
  for (const auto& path : paths) impl_->world.guard->unwatch_cgroup(path);
}

Status Replica::prepare() {
  if (Status opened = impl_->stdout_log->open(impl_->spec.stdout_file); !opened) return opened;
  if (Status opened = impl_->stderr_log->open(impl_->spec.stderr_file); !opened) return opened;
  return impl_->make_cgroup();
}

Status Replica::first_start() {
  impl_->apply(impl_->fsm.start(impl_->now()));
  if (impl_->spawn_error) return *impl_->spawn_error;
  return {};
}

Status Replica::kill(bool hold) {
  impl_->notice_death();
  if (!impl_->fsm.running()) return impl_->not_running("kill");
  const pid_t pid = impl_->pid;
  impl_->apply(impl_->fsm.kill(hold, impl_->now()));
  if (impl_->world.hub.wait_killed(pid, kDeathTimeout)) return {};
  return environment_error(impl_->name + " did not die within 5s of SIGKILL",
                           "it hangs in the kernel; look at /proc/" + std::to_string(pid) + "/stack");
}

Status Replica::terminate(std::optional<Nanos> grace, bool hold, std::function<void(bool)> done) {
  impl_->notice_death();
  if (!impl_->fsm.running()) return impl_->not_running("terminate");
  impl_->terminate_calls.push_back(std::move(done));
  impl_->apply(impl_->fsm.terminate(grace, hold, impl_->now()));
  return {};
}

Status Replica::pause() {
  impl_->notice_death();
  if (!impl_->fsm.running()) return impl_->not_running("pause");
  if (impl_->fsm.paused()) return {};
  // Alone first: if SIGSTOP caught a child between vfork and exec, its parent would hang in the kernel and never stop.
  ::kill(impl_->pid, SIGSTOP);
  if (!impl_->wait_for_stopped(true)) {
    impl_->signal_group(SIGCONT);
    return environment_error(impl_->name + " did not stop within 1s of SIGSTOP, or died");
  }
  impl_->signal_group(SIGSTOP);
  impl_->apply(impl_->fsm.pause_confirmed(impl_->now()));
  return {};
}

Status Replica::resume() {
  if (!impl_->fsm.running() || !impl_->fsm.paused()) return {};
  impl_->signal_group(SIGCONT);
  if (!impl_->wait_for_stopped(false)) {
    return environment_error(impl_->name + " did not go on within 1s of SIGCONT, or died");
  }
  impl_->apply(impl_->fsm.resume_confirmed(impl_->now()));
  return {};
}

Status Replica::start() {
  if (impl_->fsm.stopped_for_good()) return environment_error(impl_->name + " is not started again: the run is ending");
  impl_->apply(impl_->fsm.start(impl_->now()));
  if (impl_->spawn_error) return *impl_->spawn_error;
  return {};
}

Status Replica::release() {
  impl_->apply(impl_->fsm.release(impl_->now()));
  return {};
}

Status Replica::exhaust_memory(bool hold) {
  impl_->notice_death();
  if (!impl_->fsm.running()) return impl_->not_running("starve of memory");
  if (!impl_->cgroup || !impl_->cgroup->has_memory()) {
    return environment_error(impl_->name + " is in no memory cgroup: " + impl_->world.cgroups.memory.trouble,
                             "run as root, or where the memory controller is delegated to you");
  }
  const pid_t pid = impl_->pid;
  impl_->fsm.expect_exit(hold);
  if (impl_->squeeze_to_death()) {
    impl_->signal_group(SIGKILL);  // the kernel chose one process; its group goes with it
    if (impl_->world.hub.wait_killed(pid, kDeathTimeout)) return {};
  }
  impl_->cgroup->restore_limit();
  impl_->squeezed = false;
  impl_->fsm.expect_no_exit();
  return environment_error("the kernel's OOM killer did not strike " + impl_->name + " within 2s");
}

void Replica::stop() {
  impl_->notice_death();
  impl_->stopped_by_us = impl_->fsm.running();
  impl_->apply(impl_->fsm.stop(impl_->now()));
}

void Replica::stop_at_once() {
  impl_->notice_death();
  impl_->stopped_by_us = impl_->stopped_by_us || impl_->fsm.running();
  impl_->apply(impl_->fsm.stop_at_once(impl_->now()));
}

void Replica::wait_gone() {
  if (impl_->pid > 0) impl_->world.hub.wait_killed(impl_->pid, kDeathTimeout);
}

void Replica::close_output() {
  for (const auto& pipe : impl_->pipes) pipe->drain();
  impl_->pipes.clear();
}

bool Replica::ready() const { return impl_->fsm.ever_ready(); }
bool Replica::running() const { return impl_->fsm.running(); }

bool Replica::failed_to_start() const {
  if (impl_->fsm.ever_ready()) return false;
  return impl_->overdue || (impl_->fsm.starts() > 0 && impl_->fsm.phase() == ProcessPhase::finished);
}

Error Replica::start_error() const {
  if (impl_->spawn_error) return *impl_->spawn_error;
  std::string text = "target " + impl_->name + " never became ready";
  if (impl_->overdue) text += " within " + print_duration(impl_->spec.spec.ready.within);
  std::vector<std::string> why;
  const auto& exit = impl_->fsm.last_exit();
  if (exit) why.push_back("it exited: " + describe(*exit));
  const std::string trouble = impl_->probe ? impl_->probe->trouble() : impl_->last_trouble;
  if (!trouble.empty()) why.push_back(trouble);
  if (!why.empty()) text += ": " + join(why, "; ");
  const std::string tail = impl_->tail.text();
  text += tail.empty() ? "\nit printed nothing" : "\nthe last lines it printed:\n" + tail;
  return environment_error(text, "its whole output: " + impl_->spec.stdout_file.string() + ", " +
                                     impl_->spec.stderr_file.string() +
                                     (impl_->overdue ? "; if it only needs longer, raise ready.within" : ""));
}

ProcessState Replica::state() const {
  ProcessState state;
  state.name = impl_->name;
  state.phase = impl_->fsm.phase();
  state.running = impl_->fsm.running();
  state.pid = impl_->pid;
  state.restarts = impl_->fsm.restarts();
  state.starts = impl_->fsm.starts();
  state.exits = impl_->fsm.exits();
  if (impl_->fsm.last_exit()) state.last_exit = describe(*impl_->fsm.last_exit());
  state.limits_by = impl_->limits_by;
  if (impl_->pid > 0) state.memory_bytes = resident_bytes(impl_->pid);
  return state;
}

ProcessSummary Replica::summary() const {
  ProcessSummary summary;
  summary.name = impl_->name;
  summary.restarts = impl_->fsm.restarts();
  const auto& exit = impl_->fsm.last_exit();
  if (impl_->fsm.running()) {
    summary.last_state = "running";
  } else if (!exit) {
    summary.last_state = "never started";
  } else if (impl_->stopped_by_us) {
    summary.last_state = "stopped by harness: " + describe(*exit);
  } else {
    summary.last_state = "exited " + describe(*exit);
  }
  summary.limits_by = impl_->limits_by;
  summary.unasked_exit = impl_->fsm.unasked_exit();
  summary.stdout_log = impl_->spec.stdout_file.string();
  summary.stderr_log = impl_->spec.stderr_file.string();
  return summary;
}

const ReplicaSpec& Replica::spec() const { return impl_->spec; }

}  // namespace stormproof
