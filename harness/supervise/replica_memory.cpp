#include <csignal>

#include "harness/base/units.h"
#include "harness/supervise/guard.h"
#include "harness/supervise/proc_fs.h"
#include "harness/supervise/replica_impl.h"

namespace stormproof {
namespace {

constexpr Nanos kOomTimeout = std::chrono::seconds(2);
constexpr Nanos kBallastRound = std::chrono::milliseconds(200);

}  // namespace

Status Replica::Impl::make_cgroup() {
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

std::string Replica::Impl::limits_sentence() const {
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

pid_t Replica::Impl::spawn_ballast() {
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

bool Replica::Impl::squeeze_to_death() {
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

}  // namespace stormproof
