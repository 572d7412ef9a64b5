#include "harness/supervise/cgroup.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include "harness/base/text.h"
#include "harness/supervise/proc_fs.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kCpuPeriodMicros = 100'000;
constexpr int kRemoveAttempts = 500;  // one a millisecond

bool has_word(const std::string& text, char separator, const std::string& word) {
  const auto words = split(text, separator);
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::uint64_t to_number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Value of `key` in a file of "key value" lines.
std::uint64_t keyed_number(const fs::path& file, const std::string& key) {
  const auto text = read_small_file(file);
  if (!text) return 0;
  for (const std::string& line : split(*text, '\n')) {
    if (line.rfind(key + " ", 0) == 0) return to_number(line.substr(key.size() + 1));
  }
  return 0;
}

/// The part of the group's path that the mount shows: in a container the mount's root may already be the group.
fs::path visible(const CgroupPlace& place) {
  const fs::path full = place.mount / fs::path(place.group).relative_path();
  std::error_code ignored;
  return fs::is_directory(full, ignored) ? full : place.mount;
}

CgroupController probe_v1(const CgroupPlace& place) {
  const fs::path parent = visible(place);
  if (::access(parent.c_str(), W_OK) != 0) {
    return {0, {}, "cgroup v1 at " + parent.string() + " is not writable: " + std::strerror(errno)};
  }
  return {1, parent, {}};
}

/// The nearest group from ours upwards that hands the controller down to its children.
CgroupController probe_v2(const CgroupPlace& place, const std::string& controller) {
  fs::path group = visible(place);
  for (;;) {
    const auto handed_down = read_small_file(group / "cgroup.subtree_control");
    if (handed_down && has_word(trimmed(*handed_down), ' ', controller)) {
      if (::access(group.c_str(), W_OK) == 0 && ::access((group / "cgroup.procs").c_str(), W_OK) == 0) {
        return {2, group, {}};
      }
      return {0, {}, "cgroup v2 at " + group.string() + " is not writable: " + std::strerror(errno)};
    }
    if (group == place.mount || !group.has_relative_path()) break;
    group = group.parent_path();
  }
  return {0, {}, "cgroup v2 hands the " + controller + " controller to no group here"};
}

CgroupController detect(const std::string& self, const std::string& mounts, const std::string& controller) {
  CgroupController result{0, {}, "no cgroup hierarchy is mounted"};
  if (const auto v2 = find_v2_hierarchy(self, mounts)) {
    result = probe_v2(*v2, controller);
    if (result.version != 0) return result;
  }
  if (const auto v1 = find_v1_hierarchy(self, mounts, controller)) return probe_v1(*v1);
  return result;
}

}  // namespace

std::optional<CgroupPlace> find_v1_hierarchy(const std::string& self_cgroup, const std::string& mounts,
                                             const std::string& controller) {
  CgroupPlace place{1, {}, {}};
  for (const std::string& line : split(self_cgroup, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() >= 3 && has_word(fields[1], ',', controller)) place.group = fields[2];
  }
  for (const std::string& line : split(mounts, '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() >= 4 && fields[2] == "cgroup" && has_word(fields[3], ',', controller)) place.mount = fields[1];
  }
  if (place.group.empty() || place.mount.empty()) return std::nullopt;
  return place;
}

std::optional<CgroupPlace> find_v2_hierarchy(const std::string& self_cgroup, const std::string& mounts) {
  CgroupPlace place{2, {}, {}};
  for (const std::string& line : split(self_cgroup, '\n')) {
    if (line.rfind("0::", 0) == 0) place.group = line.substr(3);
  }
  for (const std::string& line : split(mounts, '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() >= 4 && fields[2] == "cgroup2") place.mount = fields[1];
  }
  if (place.group.empty() || place.mount.empty()) return std::nullopt;
  return place;
}

CgroupSupport detect_cgroups() {
  const std::string self = read_small_file("/proc/self/cgroup").value_or("");
  const std::string mounts = read_small_file("/proc/self/mounts").value_or("");
  return {detect(self, mounts, "memory"), detect(self, mounts, "cpu")};
}

Status Cgroup::add(const CgroupController& controller, const std::string& name, fs::path& path) {
  const fs::path wanted = controller.parent / name;
  if (wanted == memory_ || wanted == cpu_) {
    path = wanted;
    return {};
  }
  if (::mkdir(wanted.c_str(), 0755) != 0) {
    return environment_error("cannot make the cgroup " + wanted.string() + ": " + std::strerror(errno),
                             "run as root, or leave the limits out");
  }
  path = wanted;
  // v1: "0" to `tasks` moves the one thread that writes, without the lock that makes cgroup.procs slow.
  const fs::path file = wanted / (controller.version == 1 ? "tasks" : "cgroup.procs");
  Fd join(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!join) return environment_error("cannot open " + file.string() + ": " + std::strerror(errno));
  join_files_.push_back(std::move(join));
  return {};
}

Result<std::unique_ptr<Cgroup>> Cgroup::create(const CgroupSupport& support, const std::string& name,
                                               const Limits& limits) {
  std::unique_ptr<Cgroup> group(new Cgroup());
  if (limits.memory || limits.memory_group) {
    STORMPROOF_ASSERT(support.memory.version != 0, "a memory group without a memory controller");
    if (Status added = group->add(support.memory, name, group->memory_); !added) return added.error();
    group->memory_version_ = support.memory.version;
    group->memory_limit_ = limits.memory;
    if (limits.memory) {
      if (Status set = group->set_memory(limits.memory); !set) return set.error();
    }
  }
  if (limits.cpu) {
    STORMPROOF_ASSERT(support.cpu.version != 0, "a cpu group without a cpu controller");
    if (Status added = group->add(support.cpu, name, group->cpu_); !added) return added.error();
    group->cpu_version_ = support.cpu.version;
    const auto quota = std::to_string(
        std::max<std::uint64_t>(1000, static_cast<std::uint64_t>(*limits.cpu * static_cast<double>(kCpuPeriodMicros))));
    const auto period = std::to_string(kCpuPeriodMicros);
    const bool set = group->cpu_version_ == 2 ? write_small_file(group->cpu_ / "cpu.max", quota + " " + period)
                                              : write_small_file(group->cpu_ / "cpu.cfs_period_us", period) &&
                                                    write_small_file(group->cpu_ / "cpu.cfs_quota_us", quota);
    if (!set) return environment_error("cannot limit the cpu in " + group->cpu_.string() + ": " + std::strerror(errno));
  }
  return group;
}

Cgroup::~Cgroup() {
  join_files_.clear();
  for (const fs::path& path : paths()) {
    // A member that was just killed leaves the group a moment later; one nobody knew of is killed here.
    for (int i = 0; i < kRemoveAttempts && ::rmdir(path.c_str()) != 0 && errno == EBUSY; ++i) {
      for (const pid_t pid : members()) ::kill(pid, SIGKILL);
      ::poll(nullptr, 0, 1);
    }
  }
}

std::vector<fs::path> Cgroup::paths() const {
  std::vector<fs::path> all;
  if (!memory_.empty()) all.push_back(memory_);
  if (!cpu_.empty() && cpu_ != memory_) all.push_back(cpu_);
  return all;
}

std::vector<int> Cgroup::join_files() const {
  std::vector<int> files;
  for (const Fd& file : join_files_) files.push_back(file.get());
  return files;
}

std::string Cgroup::kind() const {
  const int version = memory_version_ != 0 ? memory_version_ : cpu_version_;
  return "cgroup v" + std::to_string(version);
}

Status Cgroup::set_memory(std::optional<std::uint64_t> bytes) {
  const fs::path file = memory_ / (memory_version_ == 2 ? "memory.max" : "memory.limit_in_bytes");
  const std::string value = bytes ? std::to_string(*bytes) : memory_version_ == 2 ? "max" : "-1";
  if (write_small_file(file, value)) return {};
  return environment_error("cannot set " + file.string() + " to " + value + ": " + std::strerror(errno));
}

std::uint64_t Cgroup::oom_kills() const {
  if (memory_.empty()) return 0;
  return keyed_number(memory_ / (memory_version_ == 2 ? "memory.events" : "memory.oom_control"), "oom_kill");
}

std::uint64_t Cgroup::memory_usage() const {
  if (memory_.empty()) return 0;
  const auto text = read_small_file(memory_ / (memory_version_ == 2 ? "memory.current" : "memory.usage_in_bytes"));
  return text ? to_number(*text) : 0;
}

Status Cgroup::squeeze() {
  STORMPROOF_ASSERT(has_memory(), "squeeze() without a memory group");
  if (memory_version_ == 2) return set_memory(0);
  // v1 refuses (EBUSY) a limit it cannot reclaim down to; what it uses now is always reachable unless it grows.
  Status status;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const std::uint64_t usage = memory_usage() + static_cast<std::uint64_t>(attempt) * (64U << 10U);
    status = set_memory(usage);
    if (status) return status;
  }
  return status;
}

void Cgroup::restore_limit() { (void)set_memory(memory_limit_).ok(); }

std::vector<pid_t> Cgroup::members() const {
  std::vector<pid_t> pids;
  for (const fs::path& path : paths()) {
    const auto text = read_small_file(path / "cgroup.procs");
    if (!text) continue;
    for (const std::string& line : split(*text, '\n')) {
      if (const auto pid = static_cast<pid_t>(to_number(line)); pid > 0) pids.push_back(pid);
    }
  }
  return pids;
}

}  // namespace stormproof
