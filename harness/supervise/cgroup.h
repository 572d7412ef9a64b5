/// Control groups for one replica: memory and cpu limits, how often the OOM killer struck, and how to make it strike.
/// Version 2 where it has the controller, version 1 where that is mounted, each controller on its own. A group lies
/// below the group the harness itself runs in (v1) or below the nearest one that delegates the controller (v2), is
/// named stormproof-RUN-NAME and is removed with the object. No host-wide setting is changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/fd.h"
#include "harness/base/result.h"

namespace stormproof {

/// Where a controller can be used on this machine.
struct CgroupController {
  int version = 0;               ///< 1 or 2; 0: nowhere
  std::filesystem::path parent;  ///< groups are made below it
  std::string trouble;           ///< version 0: why
};

struct CgroupSupport {
  CgroupController memory;
  CgroupController cpu;
};

/// Looks at /proc/self/cgroup and the mounts, and tries to make a group. Some 100 µs; changes nothing.
CgroupSupport detect_cgroups();
/// The part that only reads text: /proc/self/cgroup and /proc/self/mounts. `controller`: "memory" or "cpu".
struct CgroupPlace {
  int version = 0;
  std::filesystem::path mount;  ///< root of the hierarchy
  std::filesystem::path group;  ///< of the harness, relative to it, "/" first
};
std::optional<CgroupPlace> find_v1_hierarchy(const std::string& self_cgroup, const std::string& mounts,
                                             const std::string& controller);
std::optional<CgroupPlace> find_v2_hierarchy(const std::string& self_cgroup, const std::string& mounts);

class Cgroup {
 public:
  struct Limits {
    bool memory_group = false;            ///< be in a memory group, limited or not
    std::optional<std::uint64_t> memory;  ///< bytes
    std::optional<double> cpu;            ///< cores
  };

  /// `name` is unique on the machine. An error leaves no group behind. Not used for a limit no controller exists for:
  /// the caller looks at `support` first.
  static Result<std::unique_ptr<Cgroup>> create(const CgroupSupport& support, const std::string& name,
                                                const Limits& limits);
  /// Kills who is still inside; waits up to half a second for the kernel to empty it.
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  /// A process that writes "0" to each of them joins.
  std::vector<int> join_files() const;
  std::vector<std::filesystem::path> paths() const;
  bool has_memory() const { return memory_version_ != 0; }
  /// "cgroup v1" or "cgroup v2".
  std::string kind() const;

  std::uint64_t oom_kills() const;
  std::uint64_t memory_usage() const;
  /// As far below what is used as the kernel lets go; from now on the next allocation in the group, or already this
  /// call (v2), brings the OOM killer. Blocks while the kernel reclaims.
  Status squeeze();
  /// Back to the configured limit, or to none.
  void restore_limit();
  /// The members at the moment.
  std::vector<pid_t> members() const;

 private:
  Cgroup() = default;
  Status add(const CgroupController& controller, const std::string& name, std::filesystem::path& path);
  Status set_memory(std::optional<std::uint64_t> bytes);

  std::filesystem::path memory_;
  std::filesystem::path cpu_;  ///< may equal memory_
  int memory_version_ = 0;
  int cpu_version_ = 0;
  std::optional<std::uint64_t> memory_limit_;
  std::vector<Fd> join_files_;
};

}  // namespace stormproof
