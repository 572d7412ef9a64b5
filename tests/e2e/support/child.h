/// Runs a program as its user would, on pipes or on a terminal, and looks at what it leaves behind.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/fd.h"

namespace stormproof::e2e {

struct Ran {
  int exit_code = -1;  ///< 128 + signal for a death by signal
  std::string out;     ///< on a terminal: everything
  std::string err;
};

struct Options {
  std::filesystem::path cwd;               ///< empty: the test's own
  std::map<std::string, std::string> env;  ///< on top of the test's own
  bool terminal = false;
  std::chrono::seconds patience{90};  ///< for the whole life of the child; then it is killed and the test fails
};

class Child {
 public:
  explicit Child(const std::vector<std::string>& argv, const Options& options = {});
  /// Kills and reaps it when wait() was not called.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Reads on until the output so far holds `text`. False (and a failed test) when the child ended before.
  bool wait_for(std::string_view text);
  /// What came on stdout so far.
  const std::string& out() const { return ran_.out; }
  const std::string& err() const { return ran_.err; }
  Ran wait();

 private:
  /// Takes what is there, waiting for more. False once all output is closed.
  bool read_some();
  void reap();

  Options options_;
  std::chrono::steady_clock::time_point deadline_;
  pid_t pid_ = 0;
  Fd pidfd_;
  Fd out_;
  Fd err_;
  bool reaped_ = false;
  Ran ran_;
};

/// The program under test with these arguments.
std::vector<std::string> stormproof(std::vector<std::string> arguments);
Ran run_stormproof(std::vector<std::string> arguments, const Options& options = {});

/// Processes that have this word in their environment, command line or working directory, the caller apart. Zombies
/// are dead.
std::vector<std::string> processes_marked(std::string_view word);
/// Waits until there are none, for at most `within`; returns those left.
std::vector<std::string> processes_left(std::string_view word, std::chrono::milliseconds within);
/// Directories called stormproof-something in all control group hierarchies.
std::vector<std::string> control_groups();
/// Whether 127.0.0.1:port can be bound.
bool port_is_free(int port);

}  // namespace stormproof::e2e
