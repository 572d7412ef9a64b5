/// What /proc says about processes. Plain reads; "not there" is an ordinary answer, because processes vanish while one
/// looks. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stormproof {

struct ProcStat {
  pid_t pid = 0;
  char state = '?';  ///< R S D T t Z X
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;

  bool zombie() const { return state == 'Z' || state == 'X'; }
  bool stopped() const { return state == 'T'; }
};

/// Parses the text of /proc/PID/stat; the command name in it may hold spaces and parentheses.
std::optional<ProcStat> parse_proc_stat(std::string_view text);

std::optional<ProcStat> proc_stat(pid_t pid);
/// All processes there are.
std::vector<pid_t> all_pids();
/// The children of this process that hang on its main thread, as re-parented orphans do; all processes where the kernel
/// keeps no such list, so check the parent.
std::vector<pid_t> adopted_pids();
/// Whether the environment the process was started with holds NAME=value with `value` starting with `prefix`.
bool proc_has_environment(pid_t pid, std::string_view name, std::string_view prefix);
/// Searches an environment block ("A=1\0B=2\0").
bool environment_has(std::string_view block, std::string_view name, std::string_view prefix);
/// Resident memory in bytes, 0 when it is gone.
std::uint64_t resident_bytes(pid_t pid);
/// How many tasks of the machine want a processor right now, for each it has; 0 when /proc does not say.
double processor_demand();
/// The whole file, or nothing; at most 4 MiB.
std::optional<std::string> read_small_file(const std::string& path);
/// False and errno on trouble.
bool write_small_file(const std::string& path, std::string_view text);

}  // namespace stormproof
