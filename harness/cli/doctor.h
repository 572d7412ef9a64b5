/// `stormproof doctor`: what this machine can do, and what is missing for what. Probing and judging are apart, so that
/// every sentence is tested without such a machine.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace stormproof {

/// A probe's answer: nothing went wrong, or why it did ("Permission denied").
struct Probe {
  bool works = false;
  std::string why_not;
};

/// Where the supervisor could make control groups with a controller.
struct CgroupFacts {
  Probe usable;
  std::string where;  ///< "cgroup v2 at /sys/fs/cgroup/user.slice"; empty when not usable
};

struct MachineFacts {
  std::string kernel;  ///< "6.1.0-18-amd64"
  unsigned cores = 0;
  std::uint64_t memory_available = 0;  ///< bytes
  Probe pidfd;
  Probe subreaper;
  CgroupFacts memory_cgroup;
  CgroupFacts cpu_cgroup;
  Probe user_namespaces;
  Probe seccomp;
  Probe ptrace;
  std::uint64_t files_soft = 0;  ///< RLIMIT_NOFILE
  std::uint64_t files_hard = 0;
  Probe loopback;
  std::uint64_t ports_in_range = 0;  ///< size of the ephemeral range
  std::uint64_t ports_in_use = 0;
  Probe temporary_directory;
  std::string working_directory;
  Probe working_directory_writable;
  std::uint64_t disk_available = 0;  ///< bytes, where the working directory lies
};

/// Asks the kernel. Leaves nothing behind; takes a few milliseconds.
MachineFacts probe_machine();

struct Finding {
  enum class State {
    ok,
    limited,  ///< something works less well than it could
    missing,  ///< optional: what it is needed for cannot be done here
    broken,   ///< required: no scenario can run
  };
  std::string name;
  State state = State::ok;
  std::string detail;      ///< what was found
  std::string needed_for;  ///< which scenarios miss it; empty when ok
  std::string remedy;      ///< what to do; empty when ok
};
std::string_view to_string(Finding::State state);

/// In the order in which they are shown.
std::vector<Finding> judge_machine(const MachineFacts& facts);

/// A table for people, or one JSON object a line.
void print_findings(const std::vector<Finding>& findings, std::ostream& out, bool json);

/// The whole command. Returns the exit status: 0, or 4 when something required is broken.
int run_doctor(std::ostream& out, bool json);

}  // namespace stormproof
