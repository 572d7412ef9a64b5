#include "harness/supervise/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "harness/base/rng.h"
#include "harness/base/text.h"
#include "harness/supervise/proc_fs.h"
#include "harness/supervise/strays.h"

namespace stormproof {

namespace {

namespace fs = std::filesystem;

constexpr char kGoodbye = 'G';
constexpr std::size_t kMaxMessage = 8192;
constexpr int kQuietRounds = 3;  // a child between clone and exec carries no mark yet
constexpr int kRoundMillis = 10;
constexpr int kMaxRounds = 1000;

/// Everything the guard's process knows.
struct Watch {
  std::string mark;
  std::set<std::string> cgroups;
  std::set<std::string> paths;

  void take(char what, const std::string& path) {
    if (what == 'C') cgroups.insert(path);
    if (what == 'c') cgroups.erase(path);
    if (what == 'P') paths.insert(path);
    if (what == 'p') paths.erase(path);
  }
};

/// Reads messages (a letter and a path each) until the harness says goodbye (true) or is gone (false).
bool listen_until_end(int socket, Watch& watch) {
  std::string message(kMaxMessage, '\0');
  for (;;) {
    const ssize_t n = ::read(socket, message.data(), message.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    if (message[0] == kGoodbye) return true;
    watch.take(message[0], message.substr(1, static_cast<std::size_t>(n) - 1));
  }
}

int kill_members(const std::string& cgroup) {
  int killed = 0;
  for (const std::string& line : split(read_small_file(cgroup + "/cgroup.procs").value_or(""), '\n')) {
    const pid_t pid = std::atoi(line.c_str());
    if (pid > 1 && pid != ::getpid() && ::kill(pid, SIGKILL) == 0) ++killed;
  }
  return killed;
}

void clean_up(const Watch& watch) {
  int quiet = 0;
  for (int round = 0; round < kMaxRounds && quiet < kQuietRounds; ++round) {
    int found = 0;
    for (const pid_t pid : find_marked(watch.mark)) {
      ::kill(pid, SIGKILL);
      ++found;
    }
    for (const std::string& cgroup : watch.cgroups) found += kill_members(cgroup);
    quiet = found == 0 ? quiet + 1 : 0;
    ::poll(nullptr, 0, kRoundMillis);
  }
  for (const std::string& cgroup : watch.cgroups) {
    for (int i = 0; i < 100 && ::rmdir(cgroup.c_str()) != 0 && errno == EBUSY; ++i) ::poll(nullptr, 0, kRoundMillis);
  }
  for (const std::string& path : watch.paths) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
}

[[noreturn]] void run_guard(int socket, std::string mark) {
  ::setsid();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP, SIGUSR1, SIGUSR2}) {
    ::signal(number, SIG_IGN);
  }
  ::prctl(PR_SET_NAME, "stormproof-guard");
  // It must not keep the harness's terminal, pipes or files open, nor its directory busy.
  const int low = ::dup2(socket, 0);
  ::close_range(1, ~0U, 0);
  ::open("/dev/null", O_RDWR);
  ::open("/dev/null", O_RDWR);
  (void)!::chdir("/");
  Watch watch;
  watch.mark = std::move(mark);
  try {
    if (!listen_until_end(low, watch)) clean_up(watch);
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace

Result<std::unique_ptr<Guard>> Guard::start() {
  std::unique_ptr<Guard> guard(new Guard());
  char unique[40];
  std::snprintf(unique, sizeof unique, "%d-%014llx", ::getpid(), static_cast<unsigned long long>(draw_seed()));
  // Inside a target of another stormproof its mark stays in front, so that it too finds everything.
  const char* outer = std::getenv(kRunVariable.data());
  guard->outer_ = outer != nullptr ? outer : "";
  guard->mark_ = guard->outer_.empty() ? unique : guard->outer_ + "/" + unique;

  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return environment_error(std::string("cannot make a socket for the guard: ") + std::strerror(errno));
  }
  Fd theirs(ends[0]);
  Fd ours(ends[1]);
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid == -1) {
    const int error = errno;
    return environment_error(std::string("cannot start the guard process: ") + std::strerror(error),
                             "raise the limit on processes (ulimit -u)");
  }
  if (pid == 0) run_guard(theirs.get(), guard->mark_);
  guard->pid_ = pid;
  guard->socket_ = std::move(ours);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    return environment_error(std::string("cannot become a child subreaper: ") + std::strerror(errno));
  }
  ::setenv(kRunVariable.data(), guard->mark_.c_str(), 1);
  return guard;
}

Guard::~Guard() {
  tell(kGoodbye, {});
  socket_.reset();
  while (::waitpid(pid_, nullptr, 0) == -1 && errno == EINTR) {
  }
  if (outer_.empty()) {
    ::unsetenv(kRunVariable.data());
  } else {
    ::setenv(kRunVariable.data(), outer_.c_str(), 1);
  }
}

void Guard::tell(char what, const fs::path& path) {
  std::string message(1, what);
  message += path.native();
  // One packet a message, so threads do not mix; a guard that somebody killed must not bring SIGPIPE.
  while (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) == -1 && errno == EINTR) {
  }
}

}  // namespace stormproof
