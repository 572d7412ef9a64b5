#include "harness/base/child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

#include "harness/base/assert.h"
#include "harness/base/fd.h"

namespace stormproof {

void LineCutter::emit(std::string_view line, const std::function<void(std::string_view)>& on_line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  on_line(line.substr(0, longest_));
}

void LineCutter::keep(std::string_view bytes) {
  const std::size_t room = longest_ + 1 - std::min(longest_ + 1, pending_.size());
  pending_.append(bytes.substr(0, room));
}

void LineCutter::feed(std::string_view bytes, const std::function<void(std::string_view)>& on_line) {
  while (true) {
    const std::size_t newline = bytes.find('\n');
    if (newline == std::string_view::npos) return keep(bytes);
    if (pending_.empty()) {
      emit(bytes.substr(0, newline), on_line);
    } else {
      keep(bytes.substr(0, newline));
      emit(pending_, on_line);
      pending_.clear();
    }
    bytes.remove_prefix(newline + 1);
  }
}

void LineCutter::finish(const std::function<void(std::string_view)>& on_line) {
  if (pending_.empty()) return;
  emit(pending_, on_line);
  pending_.clear();
}

std::string ChildExit::text() const {
  if (signal != 0) return fmt::format("was killed by signal {}", signal);
  return fmt::format("exited with code {}", code);
}

namespace {

constexpr std::size_t kStderrKept = 4096;

std::string reason(int error) { return std::error_code(error, std::generic_category()).message(); }

/// Everything the new process needs, prepared before vfork: the child shares our memory and must not allocate.
struct SpawnPlan {
  const char* const* argv;
  const char* const* env;
  const char* directory;
  int in, out, err;
  int failure;  ///< pipe, closed by a successful exec; else it gets errno
  pid_t parent;
};

/// vfork, because its cost does not depend on the size of the harness. Returns the pid, or -errno.
[[gnu::noinline]] pid_t spawn(const SpawnPlan& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours may run in the child, which shares our memory
  const pid_t pid = ::vfork();
  if (pid == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != plan.parent) _exit(127);
    dup2(plan.in, STDIN_FILENO);
    dup2(plan.out, STDOUT_FILENO);
    dup2(plan.err, STDERR_FILENO);
    syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC: libraries open descriptors without it */);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (plan.directory == nullptr || chdir(plan.directory) == 0) {
      execvpe(plan.argv[0], const_cast<char* const*>(plan.argv), const_cast<char* const*>(plan.env));
    }
    const int why = errno;
    [[maybe_unused]] const ssize_t told = write(plan.failure, &why, sizeof why);
    _exit(127);
  }
  const int vfork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid < 0 ? -vfork_error : pid;
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& [key, value] : added) replaced = replaced || key == name;
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [key, value] : added) all.push_back(key + "=" + value);
  return all;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& text : texts) all.push_back(text.c_str());
  all.push_back(nullptr);
  return all;
}

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return environment_error("cannot make a pipe: " + reason(errno));
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

/// What the child wrote before it gave up, 0 when it was executed. Blocks for that moment: vfork may be a plain fork
/// under a sanitizer.
int exec_error(int fd) {
  fcntl(fd, F_SETFL, 0);
  int why = 0;
  ssize_t got = 0;
  do {
    got = read(fd, &why, sizeof why);
  } while (got < 0 && errno == EINTR);
  return got == sizeof why ? why : 0;
}

/// Reads what is there. False at the end of the stream.
template <class Take>
bool read_available(int fd, const Take& take) {
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got > 0) {
      take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
      // One buffer a turn, so that a flood on one pipe starves neither the other nor stop().
      return true;
    }
    if (got == 0) return false;
    if (errno == EINTR) continue;
    return errno == EAGAIN;
  }
}

}  // namespace

struct ChildRunner::State {
  ChildOptions options;
  std::function<void(std::string_view)> on_line;
  LineCutter lines;
  Fd wake{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<bool> stopping{false};
  std::thread thread;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  bool launched = false;  ///< `launch` is decided
  bool finished = false;
  Status launch;
  pid_t pid = 0;  ///< 0 once reaped: never signal a pid that may belong to somebody else
  ChildExit exit;
  std::string stderr_tail;

  State(ChildOptions o, std::function<void(std::string_view)> f)
      : options(std::move(o)), on_line(std::move(f)), lines(options.line_max) {}

  void signal_group(int number) {
    const std::lock_guard lock(mutex);
    if (pid > 0) ::kill(-pid, number);
  }

  Result<pid_t> launch_child(Pipe& out, Pipe& err) {
    Result<Pipe> first = make_pipe();
    if (!first) return first.error();
    Result<Pipe> second = make_pipe();
    if (!second) return second.error();
    out = *std::move(first);
    err = *std::move(second);
    const Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const std::vector<std::string> env = environment_with(options.env);
    const std::vector<const char*> argv_pointers = pointers(options.argv);
    const std::vector<const char*> env_pointers = pointers(env);
    Result<Pipe> verdict = make_pipe();
    if (!verdict) return verdict.error();
    pid_t spawned = spawn({argv_pointers.data(), env_pointers.data(),
                           options.directory.empty() ? nullptr : options.directory.c_str(), null.get(), out.write.get(),
                           err.write.get(), verdict->write.get(), getpid()});
    verdict->write.reset();
    if (const int why = spawned > 0 ? exec_error(verdict->read.get()) : 0; why != 0) {
      siginfo_t ignored;
      waitid(P_PID, static_cast<id_t>(spawned), &ignored, WEXITED);
      spawned = -why;
    }
    if (spawned < 0) {
      return environment_error(fmt::format("cannot run '{}': {}", options.argv.front(), reason(-spawned)),
                               "check the command's first word: an absolute path, or a program in PATH");
    }
    out.write.reset();
    err.write.reset();
    return spawned;
  }

  void take_stderr(std::string_view bytes) {
    stderr_tail.append(bytes);
    if (stderr_tail.size() > 2 * kStderrKept) stderr_tail.erase(0, stderr_tail.size() - kStderrKept);
  }

  /// Both pipes until the child is a zombie, then what is left in them.
  void read_all(pid_t child, Pipe& out, Pipe& err) {
    const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
    const auto take_lines = [this](std::string_view bytes) {
      if (!stopping) lines.feed(bytes, on_line);
    };
    const auto take_errors = [this](std::string_view bytes) { take_stderr(bytes); };
    while (true) {
      std::array<pollfd, 4> wait{{{pidfd.get(), POLLIN, 0},
                                  {wake.get(), POLLIN, 0},
                                  {out.read.get(), POLLIN, 0},
                                  {err.read.get(), POLLIN, 0}}};
      if (poll(wait.data(), wait.size(), -1) < 0 && errno != EINTR) break;
      if (wait[2].revents != 0 && !read_available(out.read.get(), take_lines)) out.read.reset();
      if (wait[3].revents != 0 && !read_available(err.read.get(), take_errors)) err.read.reset();
      if (wait[0].revents != 0) break;
      if (stopping) {
        signal_group(SIGKILL);
        std::array<pollfd, 1> death{{{pidfd.get(), POLLIN, 0}}};
        while (poll(death.data(), 1, -1) < 0 && errno == EINTR) {
        }
        break;
      }
    }
    signal_group(SIGKILL);  // what it left in its group; the zombie still keeps the group's number from being reused
    drain_pipe(out.read.get(), take_lines);
    drain_pipe(err.read.get(), take_errors);
  }

  /// A pipe holds at most its capacity once its writers are gone; a writer that escaped from the group is not waited
  /// for.
  template <class Take>
  void drain_pipe(int fd, const Take& take) {
    constexpr std::size_t kPipeCapacityMax = 1U << 20U;
    std::size_t taken = 0;
    bool more = fd >= 0;
    while (more && taken < kPipeCapacityMax) {
      std::size_t got = 0;
      more = read_available(fd, [&](std::string_view bytes) {
        got = bytes.size();
        take(bytes);
      });
      if (got == 0) return;
      taken += got;
    }
  }

  void reap(pid_t child) {
    siginfo_t info{};
    int waited = 0;
    do {
      waited = waitid(P_PID, static_cast<id_t>(child), &info, WEXITED);
    } while (waited != 0 && errno == EINTR);
    const std::lock_guard lock(mutex);
    pid = 0;
    if (waited == 0) (info.si_code == CLD_EXITED ? exit.code : exit.signal) = info.si_status;
  }

  void run() {
    Pipe out;
    Pipe err;
    const Result<pid_t> child = launch_child(out, err);
    {
      const std::lock_guard lock(mutex);
      launched = true;
      if (child) {
        pid = *child;
      } else {
        launch = child.error();
        finished = true;
      }
    }
    changed.notify_all();
    if (!child) return;
    read_all(*child, out, err);
    if (!stopping) lines.finish(on_line);
    reap(*child);
    const std::lock_guard lock(mutex);
    if (stderr_tail.size() > kStderrKept) stderr_tail.erase(0, stderr_tail.size() - kStderrKept);
    finished = true;
    changed.notify_all();
  }
};

ChildRunner::ChildRunner(ChildOptions options, std::function<void(std::string_view)> on_line)
    : state_(std::make_unique<State>(std::move(options), std::move(on_line))) {
  STORMPROOF_ASSERT(!state_->options.argv.empty(), "a child needs a command");
}

ChildRunner::~ChildRunner() { stop(); }

Status ChildRunner::start() {
  STORMPROOF_ASSERT(!state_->thread.joinable(), "a ChildRunner starts once");
  state_->thread = std::thread([state = state_.get()] { state->run(); });
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->launched; });
  return state_->launch;
}

bool ChildRunner::finished() const {
  const std::lock_guard lock(state_->mutex);
  return state_->finished;
}

bool ChildRunner::wait_for(Nanos at_most) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, at_most, [this] { return state_->finished; });
}

ChildExit ChildRunner::exit() const {
  const std::lock_guard lock(state_->mutex);
  STORMPROOF_ASSERT(state_->finished, "exit() of a child that still runs");
  return state_->exit;
}

std::string ChildRunner::stderr_tail() const {
  const std::lock_guard lock(state_->mutex);
  STORMPROOF_ASSERT(state_->finished, "stderr_tail() of a child that still runs");
  return state_->stderr_tail;
}

void ChildRunner::terminate() { state_->signal_group(SIGTERM); }

void ChildRunner::stop() {
  state_->stopping = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(state_->wake.get(), &one, sizeof one);  // EAGAIN: it is awake
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace stormproof
