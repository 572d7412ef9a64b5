/// The promise that nothing is left behind, even after kill -9 of the harness: a small process forked before anything
/// else that waits for the harness to be gone, then kills every process carrying the harness's mark, empties and
/// removes its cgroups and removes its temporary paths.
///
/// It does not exec, holds no descriptor but one end of a socket pair, has a session of its own and ignores SIGINT,
/// SIGTERM and SIGHUP. It never gives up early and exits by itself.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/base/fd.h"
#include "harness/base/result.h"

namespace stormproof {

class Guard {
 public:
  /// First thing in main, while there is one thread and no gRPC. Makes this process a child subreaper and puts the mark
  /// into its environment, so that whatever it starts by whatever means inherits it.
  static Result<std::unique_ptr<Guard>> start();
  /// Says goodbye: the guard exits without touching anything, and is reaped.
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  /// Unique to this harness process. A run's processes carry run_mark(run).
  std::string mark() const { return mark_; }
  std::string run_mark(const std::string& run_id) const { return mark_ + "/" + run_id; }

  /// Things to remove if the harness dies; unwatch once they are gone. Any thread. The paths are absolute.
  void watch_cgroup(const std::filesystem::path& path) { tell('C', path); }
  void unwatch_cgroup(const std::filesystem::path& path) { tell('c', path); }
  /// A file, or a directory with everything in it.
  void watch_path(const std::filesystem::path& path) { tell('P', path); }
  void unwatch_path(const std::filesystem::path& path) { tell('p', path); }

 private:
  Guard() = default;
  void tell(char what, const std::filesystem::path& path);

  std::string mark_;
  std::string outer_;  ///< of the stormproof this one is a target of; usually empty
  int pid_ = 0;
  Fd socket_;
};

}  // namespace stormproof
