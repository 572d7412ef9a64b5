/// A helper process of the harness itself (the `exec` source and witness), never a target: those belong to the
/// supervisor. One thread owns the child from spawn to reaping, because PR_SET_PDEATHSIG follows the spawning thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace stormproof {

/// Cuts bytes into lines. A line longer than the limit is handed over cut to the limit; the rest of it is dropped.
class LineCutter {
 public:
  explicit LineCutter(std::size_t longest) : longest_(longest) {}
  /// Calls back for each line completed by `bytes`, without its "\n" or "\r\n".
  void feed(std::string_view bytes, const std::function<void(std::string_view)>& on_line);
  /// The last line, if it had no newline.
  void finish(const std::function<void(std::string_view)>& on_line);

 private:
  void emit(std::string_view line, const std::function<void(std::string_view)>& on_line);
  void keep(std::string_view bytes);

  std::size_t longest_;
  std::string pending_;
};

struct ChildOptions {
  std::vector<std::string> argv;                         ///< not empty; argv[0] is a path or looked up in PATH
  std::vector<std::pair<std::string, std::string>> env;  ///< added to, or replacing in, the harness's own
  std::string directory;                                 ///< working directory; empty: the harness's
  std::size_t line_max = 1U << 20U;
};

struct ChildExit {
  int code = 0;    ///< of a normal exit
  int signal = 0;  ///< that killed it, 0: none
  bool success() const { return code == 0 && signal == 0; }
  /// "exited with code 3", "was killed by signal 9"
  std::string text() const;
};

/// Runs a child in a process group of its own, with stdin from /dev/null, and hands over its stdout line by line.
/// What it leaves behind in its group is killed when it ends. Dies with the harness.
class ChildRunner {
 public:
  /// `on_line` is called on the runner's thread, one line at a time; while it works the child's pipe fills, so a child
  /// that prints without end is slowed down instead of filling memory.
  ChildRunner(ChildOptions options, std::function<void(std::string_view)> on_line);
  ~ChildRunner();
  ChildRunner(const ChildRunner&) = delete;
  ChildRunner& operator=(const ChildRunner&) = delete;

  /// Returns once the program was executed, or with the reason why it could not be. At most once.
  Status start();
  /// True when the child is gone and its last line was handed over.
  bool finished() const;
  /// Waits for that, at most this long.
  bool wait_for(Nanos at_most) const;
  /// How it ended. Only when finished.
  ChildExit exit() const;
  /// The last 4 KiB of its stderr. Only when finished.
  std::string stderr_tail() const;
  /// SIGTERM to the group; returns at once.
  void terminate();
  /// SIGKILL to the group, then waits for the thread. Idempotent; also done by the destructor.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stormproof
