#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/supervise/proc_fs.h"
#include "harness/supervise/replica_impl.h"
#include "harness/supervise/strays.h"

namespace stormproof {
namespace {

constexpr Nanos kPauseTimeout = std::chrono::seconds(1);

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

Replica::Impl::Impl(ReplicaSpec given, World& around)
    : spec(std::move(given)),
      name(spec.name()),
      world(around),
      fsm(fsm_config(spec.spec)),
      restart_timer(around.loop),
      grace_timer(around.loop),
      ready_timer(around.loop) {}

void Replica::Impl::apply(const ReplicaFsm::Actions& actions) {
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

Timer& Replica::Impl::timer(ReplicaFsm::TimerId id) {
  if (id == ReplicaFsm::TimerId::restart) return restart_timer;
  return id == ReplicaFsm::TimerId::grace ? grace_timer : ready_timer;
}

void Replica::Impl::set_timer(ReplicaFsm::TimerId id, Nanos delay) {
  timer(id).set(delay, [weak = weak_from_this(), id] {
    const auto self = weak.lock();
    if (self) self->apply(self->fsm.timer_fired(id, self->now()));
  });
}

void Replica::Impl::signal_group(int number) {
  if (pid > 0) ::kill(number == SIGTERM ? pid : -pid, number);
}

void Replica::Impl::report(const ReplicaFsm::Report& what) {
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

void Replica::Impl::record(const LifecycleChange& change) {
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

void Replica::Impl::note(const std::string& sentence) {
  EventView event;
  event.type = EventType::note;
  event.by = "harness";
  event.detail = sentence;
  world.recorder.record(event);
}

void Replica::Impl::answer_terminate(bool killed) {
  for (auto& done : std::exchange(terminate_calls, {})) {
    if (done) outbox.emplace_back([done = std::move(done), killed] { done(killed); });
  }
}

SpawnRequest Replica::Impl::request() const {
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

Result<std::unique_ptr<PipeReader>> Replica::Impl::open_pipe(const std::shared_ptr<LogFile>& log) {
  return PipeReader::open(world.loop, log, [this](std::string_view line) {
    tail.add(line);
    if (probe) probe->on_line(line);
    if (world.on_line) world.on_line(name, line);
  });
}

Status Replica::Impl::try_make_process() {
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

void Replica::Impl::make_process() {
  if (const Status made = try_make_process(); !made) {
    spawn_error = made.error();
    note(made.error().message);
    apply(fsm.spawn_failed(now()));
    return;
  }
  spawn_error.reset();
  apply(fsm.spawned(now()));
}

void Replica::Impl::start_probe() {
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

void Replica::Impl::on_exit(const WaitStatus& status) {
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

void Replica::Impl::notice_death() {
  if (pid <= 0 || !world.hub.wait_dead(pid, {})) return;
  signal_group(SIGKILL);
  world.hub.wait_killed(pid, kDeathTimeout);
}

bool Replica::Impl::wait_for_stopped(bool stopped) {
  const auto until = std::chrono::steady_clock::now() + kPauseTimeout;
  for (;;) {
    const auto stat = proc_stat(pid);
    if (!stat || stat->zombie()) return false;
    if (stat->stopped() == stopped) return true;
    if (std::chrono::steady_clock::now() > until) return false;
    (void)world.hub.wait_dead(pid, std::chrono::microseconds(200));
  }
}

Error Replica::Impl::not_running(const std::string& verb) const {
  return environment_error(name + " is not running: there is nothing to " + verb,
                           "let the fault strike later, or give the target a restart policy");
}

}  // namespace stormproof
