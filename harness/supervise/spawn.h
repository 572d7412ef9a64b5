/// Makes processes. Boost.Process v2 prepares and sets up the child; the launcher plugged into it (spawn.cpp) clones
/// with shared memory, so that a spawn costs the same however much memory the harness holds, and reports every failure
/// with its step and errno, leaving nothing behind.
///
/// The child is a session and group leader, dies with the spawning thread (PR_SET_PDEATHSIG), has default signal
/// dispositions and an empty mask, and no descriptor above 2.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/fd.h"
#include "harness/base/result.h"

namespace stormproof {

struct SpawnRequest {
  std::string name;                        ///< for messages: "client/0"
  std::vector<std::string> argv;           ///< argv[0]: a path, or a name looked up in PATH of `env`
  std::map<std::string, std::string> env;  ///< the whole environment
  std::filesystem::path directory;         ///< working directory of the child
  int out = -1;                            ///< becomes stdout; not closed here
  int err = -1;                            ///< becomes stderr
  std::vector<int> cgroup_files;  ///< open for writing; the child writes "0" to each before it runs the program
  std::optional<std::uint64_t> max_files;  ///< RLIMIT_NOFILE
  std::optional<std::uint64_t> max_data;   ///< RLIMIT_DATA, bytes
};

struct Spawned {
  pid_t pid = 0;
  Fd pidfd;
};

/// Blocks until the program runs or has failed to (some 100 µs). Call from a thread that lives as long as the child
/// shall. Errors are environment errors: "cannot start client/0: /x/server: No such file or directory".
Result<Spawned> spawn(const SpawnRequest& request);

/// The file argv[0] names: itself (made absolute) with a '/', else the first executable of that name in `search_path`.
Result<std::filesystem::path> find_executable(const std::string& name, const std::string& search_path);

}  // namespace stormproof
