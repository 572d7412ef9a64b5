#include "harness/supervise/strays.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "harness/supervise/proc_fs.h"

namespace stormproof {

std::vector<pid_t> find_marked(std::string_view prefix) {
  std::vector<pid_t> found;
  const pid_t me = ::getpid();
  for (const pid_t pid : all_pids()) {
    // The environment of a zombie is empty, so it is never found.
    if (pid != me && pid > 1 && proc_has_environment(pid, kRunVariable, prefix)) found.push_back(pid);
  }
  return found;
}

std::vector<pid_t> sweep_marked(std::string_view prefix, Nanos limit) {
  std::set<pid_t> killed;
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto found = find_marked(prefix);
    if (found.empty()) return {killed.begin(), killed.end()};
    for (const pid_t pid : found) {
      ::kill(pid, SIGKILL);
      killed.insert(pid);
    }
    if (std::chrono::steady_clock::now() > until) return {killed.begin(), killed.end()};
    ::poll(nullptr, 0, 1);  // the kernel needs a moment to take them down
  }
}

}  // namespace stormproof
