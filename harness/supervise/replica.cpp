#include "harness/supervise/replica.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/supervise/guard.h"
#include "harness/supervise/output.h"
#include "harness/supervise/proc_fs.h"
#include "harness/supervise/readiness.h"
#include "harness/supervise/spawn.h"
#include "harness/supervise/strays.h"
#include "harness/supervise/supervisor_fsm.h"

namespace stormproof {

namespace asio = boost::asio;

namespace {

constexpr Nanos kDeathTimeout = std::chrono::seconds(5);
constexpr Nanos kPauseTimeout = std::chrono::seconds(1);
constexpr Nanos kOomTimeout = std::chrono::seconds(2);
constexpr Nanos kBallastRound = std::chrono::milliseconds(200);

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

ReplicaFsm::Config fsm_config(const TargetSpec& spec) {
  return {spec.restart, spec.backoff, spec.grace, spec.ready.kind != ReadySpec::Kind::none, spec.ready.within};
}

std::string environment_or(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && value[0] != '\0' ? value : fallback;
}

}  // namespace

struct Replica::Impl : std::enable_shared_from_this<Replica::Impl> {
  Impl(ReplicaSpec given, World& around)
      : spec(std::move(given)),
        name(spec.name()),
        world(around),
        fsm(fsm_config(spec.spec)),
        restart_timer(around.loop),
        grace_timer(around.loop),
        ready_timer(around.loop) {}

  // --- decisions into actions ---------------------------------------------------------------------------------------

  Nanos now() const { return world.clock.now(); }

  /// Acts at once, in order; listeners hear of it when all is done, because they may act on this replica themselves.
  void apply(const ReplicaFsm::Actions& actions) {
    for (const auto& action : actions) {
      std::visit(Overloaded{[&](const ReplicaFsm::Spawn&) { make_process(); },
                            [&](const ReplicaFsm::StartProbe&) { start_probe(); },
                            [&](const ReplicaFsm::StopProbe&) { probe.reset(); },
                            [&](const ReplicaFsm::Signal& s) { signal_group(s.number); },
                            [&](const ReplicaFsm::SetTimer& s) { set_timer(s.id, s.delay); },
                            [&](const ReplicaFsm::CancelTimer& c) { timer(c.id).cancel(); },
                            [&](const ReplicaFsm::Report& r) { report(r); },
                            [&](const ReplicaFsm::Terminated& t) { answer_terminate(t.killed); },
                            [&](const ReplicaFsm::ReadyOverdue&) {
                              overdue = true;
                              outbox.emplace_back(world.on_progress);
                            }},
                 action);
    }
    if (delivering) return;
    delivering = true;
    const auto self = shared_from_this();
    while (!outbox.empty()) {
      const auto deliver = std::move(outbox.front());
      outbox.pop_front();
      if (deliver) deliver();
    }
    delivering = false;
  }

  asio::steady_timer& timer(ReplicaFsm::TimerId id) {
    if (id == ReplicaFsm::TimerId::restart) return restart_timer;
    return id == ReplicaFsm::TimerId::grace ? grace_timer : ready_timer;
  }

  void set_timer(ReplicaFsm::TimerId id, Nanos delay) {
    timer(id).expires_after(delay);
    timer(id).async_wait([weak = weak_from_this(), id](const boost::system::error_code& failure) {
      const auto self = weak.lock();
      if (!failure && self) self->apply(self->fsm.timer_fired(id, self->now()));
    });
  }

  void signal_group(int number) {
    if (pid > 0) ::kill(number == SIGTERM ? pid : -pid, number);
  }

  void report(const ReplicaFsm::Report& what) {
    LifecycleChange change;
    change.type = what.type;
    change.process = name;
    change.target = spec.target;
    change.index = spec.index;
    change.pid = pid > 0 ? pid : last_pid;
    change.time = now();
    change.exit = what.exit;
    change.asked = what.asked;
    change.restart_count = fsm.restarts();
    if (what.type == LifecycleType::started) {
      change.detail = "start=" + std::to_string(fsm.starts()) + " pid=" + std::to_string(pid);
    } else if (what.type == LifecycleType::exited) {
      change.reason = reason_of(what.exit);
      change.detail = describe(what.exit);
    } else if (what.type == LifecycleType::backoff) {
      change.reason = "CrashLoopBackOff";
      change.detail = "CrashLoopBackOff delay=" + print_duration(what.delay);
    } else if (what.type == LifecycleType::stopping) {
      change.detail = "SIGTERM";
    }
    record(change);
    outbox.emplace_back([this, change] {
      if (world.on_change) world.on_change(change);
    });
    outbox.emplace_back(world.on_progress);
  }

  void record(const LifecycleChange& change) {
    EventView event;
    event.type = EventType::process;
    event.by = change.process;
    event.id = to_string(change.type);
    event.detail = change.detail;
    if (change.type == LifecycleType::exited) {
      event.key = change.asked ? "asked" : "unasked";
      event.seq = change.exit.exit_code();
    }
    world.recorder.record(event);
  }

  void note(const std::string& sentence) {
    EventView event;
    event.type = EventType::note;
    event.by = "harness";
    event.detail = sentence;
    world.recorder.record(event);
  }

  void answer_terminate(bool killed) {
    for (auto& done : std::exchange(terminate_calls, {})) {
      if (done) outbox.emplace_back([done = std::move(done), killed] { done(killed); });
    }
  }

  // --- the process --------------------------------------------------------------------------------------------------

  SpawnRequest request() const {
    SpawnRequest request;
    request.name = name;
    request.argv = spec.argv;
    request.directory = spec.directory;
    request.env = {{"PATH", environment_or("PATH", "/usr/local/bin:/usr/bin:/bin")},
                   {"HOME", environment_or("HOME", "/")},
                   {"LANG", environment_or("LANG", "C.UTF-8")},
                   {"TMPDIR", spec.directory.string()}};
    for (const auto& [key, value] : spec.env) request.env[key] = value;
    request.env[std::string(kRunVariable)] = world.run_mark;
    request.max_files = spec.spec.limits.files;
    if (spec.spec.limits.memory && (!cgroup || !cgroup->has_memory())) request.max_data = spec.spec.limits.memory;
    if (cgroup) request.cgroup_files = cgroup->join_files();
    return request;
  }

  Result<std::unique_ptr<PipeReader>> open_pipe(const std::shared_ptr<LogFile>& log) {
    return PipeReader::open(world.loop, log, [this](std::string_view line) {
      tail.add(line);
      if (probe) probe->on_line(line);
      if (world.on_line) world.on_line(name, line);
    });
  }

  Status try_make_process() {
    auto out = open_pipe(stdout_log);
    if (!out) return out.error();
    auto err = open_pipe(stderr_log);
    if (!err) return err.error();
    SpawnRequest wanted = request();
    wanted.out = (*out)->child_end();
    wanted.err = (*err)->child_end();
    auto spawned = spawn(wanted);
    if (!spawned) return spawned.error();
    (*out)->close_child_end();
    (*err)->close_child_end();
    pid = last_pid = spawned->pid;
    world.hub.watch(pid, std::move(spawned->pidfd), [weak = weak_from_this()](const WaitStatus& status) {
      if (const auto self = weak.lock()) self->on_exit(status);
    });
    std::erase_if(pipes, [](const auto& pipe) { return pipe->ended(); });
    pipes.push_back(std::move(*out));
    pipes.push_back(std::move(*err));
    (*(pipes.end() - 2))->start();
    pipes.back()->start();
    return {};
  }

  void make_process() {
    if (const Status made = try_make_process(); !made) {
      spawn_error = made.error();
      note(made.error().message);
      apply(fsm.spawn_failed(now()));
      return;
    }
    spawn_error.reset();
    apply(fsm.spawned(now()));
  }

  void start_probe() {
    ReadinessProbe::Options options;
    options.spec = spec.spec.ready;
    const auto port = spec.ports.find(options.spec.port);
    if (port != spec.ports.end()) options.port = port->second;
    options.process = request();
    options.process.name = name + " (readiness)";
    probe = std::make_unique<ReadinessProbe>(world.loop, world.hub, std::move(options), [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->apply(self->fsm.probe_succeeded(self->now()));
    });
    probe->start();
  }

  void on_exit(const WaitStatus& status) {
    ExitStatus exit{status.code, status.signal, false};
    if (cgroup && cgroup->has_memory()) {
      const std::uint64_t kills = cgroup->oom_kills();
      exit.oom = status.signal == SIGKILL && kills > oom_kills_seen;
      oom_kills_seen = kills;
      if (squeezed) cgroup->restore_limit();
      squeezed = false;
    }
    if (probe) last_trouble = probe->trouble();
    for (const auto& pipe : pipes) pipe->drain();
    pid = 0;
    apply(fsm.exited(exit, now()));
  }

  /// A death the loop has not heard of yet is heard of now: what comes next must not pass for its cause.
  void notice_death() {
    if (pid <= 0 || !world.hub.wait_dead(pid, {})) return;
    signal_group(SIGKILL);
    world.hub.wait_killed(pid, kDeathTimeout);
  }

  /// Waits until /proc shows the process stopped or not; false when it died or the time is over.
  bool wait_for_stopped(bool stopped) {
    const auto until = std::chrono::steady_clock::now() + kPauseTimeout;
    for (;;) {
      const auto stat = proc_stat(pid);
      if (!stat || stat->zombie()) return false;
      if (stat->stopped() == stopped) return true;
      if (std::chrono::steady_clock::now() > until) return false;
      (void)world.hub.wait_dead(pid, std::chrono::microseconds(200));
    }
  }

  Error not_running(const std::string& verb) const {
    return environment_error(name + " is not running: there is nothing to " + verb,
                             "let the fault strike later, or give the target a restart policy");
  }

  // --- memory -------------------------------------------------------------------------------------------------------

  Status make_cgroup() {
    const LimitsSpec& limits = spec.spec.limits;
    const bool memory_group = world.cgroups.memory.version != 0 && (limits.memory || spec.contain);
    if (spec.contain && world.cgroups.memory.version == 0) {
      return environment_error(
          name + " needs a memory cgroup, because a fault exhausts its memory: " + world.cgroups.memory.trouble,
          "run as root, or where the memory controller is delegated to you");
    }
    if (limits.cpu && world.cgroups.cpu.version == 0) {
      return environment_error(name + ": its cpu cannot be limited: " + world.cgroups.cpu.trouble,
                               "run as root, or remove limits.cpu");
    }
    if (memory_group || limits.cpu) {
      const std::string group = "stormproof-" + world.run_id + "-" + spec.target + "-" + std::to_string(spec.index);
      for (const auto* controller : {&world.cgroups.memory, &world.cgroups.cpu}) {
        if (world.guard != nullptr && controller->version != 0) world.guard->watch_cgroup(controller->parent / group);
      }
      auto made =
          Cgroup::create(world.cgroups, group, {memory_group, memory_group ? limits.memory : std::nullopt, limits.cpu});
      if (!made) return made.error();
      cgroup = std::move(*made);
    }
    limits_by = cgroup ? cgroup->kind() : limits.memory || limits.files ? "rlimit" : "";
    if (limits.memory || limits.files || limits.cpu) note(limits_sentence());
    return {};
  }

  std::string limits_sentence() const {
    const LimitsSpec& limits = spec.spec.limits;
    std::string text;
    const auto add = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
    if (limits.memory) {
      const bool grouped = cgroup && cgroup->has_memory();
      add("memory " + print_size(*limits.memory) + " by " +
          (grouped ? "cgroup v" + std::to_string(world.cgroups.memory.version)
                   : "rlimit (RLIMIT_DATA; " + world.cgroups.memory.trouble + ")"));
    }
    if (limits.cpu) add("cpu by cgroup v" + std::to_string(world.cgroups.cpu.version));
    if (limits.files) add("files " + std::to_string(*limits.files) + " by rlimit");
    return name + " is limited: " + text;
  }

  /// Grows without end inside the target's cgroup, so that the kernel has to choose somebody to kill; the shell doubles
  /// a string and needs nothing installed.
  pid_t spawn_ballast() {
    SpawnRequest ballast = request();
    ballast.name = name + " (ballast)";
    ballast.argv = {"/bin/sh", "-c", "x=0123456789abcdef; while :; do x=$x$x; done"};
    ballast.directory = "/";
    auto spawned = spawn(ballast);
    if (!spawned) return 0;
    const pid_t ballast_pid = spawned->pid;
    world.hub.watch(ballast_pid, std::move(spawned->pidfd), [](const WaitStatus&) {});
    return ballast_pid;
  }

  bool squeeze_to_death() {
    squeezed = true;
    write_small_file("/proc/" + std::to_string(pid) + "/oom_score_adj", "1000");
    const auto until = std::chrono::steady_clock::now() + kOomTimeout;
    while (std::chrono::steady_clock::now() < until) {
      (void)cgroup->squeeze().ok();  // a refused limit leaves the one before; the ballast presses on
      if (world.hub.wait_dead(pid, {})) return true;
      const pid_t ballast = cgroup->kind() == "cgroup v1" ? spawn_ballast() : 0;
      const bool dead = world.hub.wait_dead(pid, kBallastRound);
      if (ballast > 0) {
        ::kill(-ballast, SIGKILL);
        world.hub.wait_killed(ballast, kDeathTimeout);
      }
      if (dead) return true;
    }
    return false;
  }

  ReplicaSpec spec;
  const std::string name;
  World& world;
  ReplicaFsm fsm;
  asio::steady_timer restart_timer;
  asio::steady_timer grace_timer;
  asio::steady_timer ready_timer;
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
