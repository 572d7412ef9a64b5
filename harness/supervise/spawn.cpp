// The only file that sees Boost.Process. In 1.81 its own launchers fork the whole harness or lose errors (vfork), leak
// descriptors, run exit handlers in the child and leave zombies; what is used of it is the argument building and the
// initializers of posix::default_launcher (process_stdio, process_start_dir, and our own).
#include "harness/supervise/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/start_dir.hpp>
#include <boost/process/v2/stdio.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include "harness/base/text.h"

// The child shares the parent's memory and thread-local state until it runs the program; the sanitizers must not
// follow it there.
#define STORMPROOF_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

namespace stormproof {

namespace {

namespace bp = boost::process::v2;

enum class Step { none, clone, setup, program };

/// What the child says about its failure, through the shared memory.
struct Failure {
  Step step = Step::none;
  int error = 0;
};

/// Initializer: a session of its own, a watched parent, clean signals, no inherited descriptor.
struct Isolation {
  pid_t parent;

  STORMPROOF_IN_CHILD bp::error_code on_exec_setup(bp::posix::default_launcher&, const bp::filesystem::path&,
                                                   const char* const*) const {
    if (::setsid() == -1 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) return last_error();
    if (::getppid() != parent) ::_exit(127);  // it died before PDEATHSIG was set
    // Handlers are reset by execve, ignored signals are not.
    for (int number = 1; number < NSIG; ++number) {
      struct sigaction action {};
      if (number == SIGKILL || number == SIGSTOP || ::sigaction(number, nullptr, &action) == -1) continue;
      if (action.sa_handler == SIG_IGN) {
        action.sa_handler = SIG_DFL;
        ::sigaction(number, &action, nullptr);
      }
    }
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == -1) return last_error();
    return {};
  }
  static bp::error_code last_error() { return {errno, boost::system::system_category()}; }
};

/// Initializer: into its cgroups and under its limits.
struct Confinement {
  const SpawnRequest* request;

  STORMPROOF_IN_CHILD bp::error_code on_exec_setup(bp::posix::default_launcher&, const bp::filesystem::path&,
                                                   const char* const*) const {
    for (const int file : request->cgroup_files) {
      if (::write(file, "0", 1) != 1) return Isolation::last_error();
    }
    if (!limit(RLIMIT_NOFILE, request->max_files) || !limit(RLIMIT_DATA, request->max_data)) {
      return Isolation::last_error();
    }
    return {};
  }
  STORMPROOF_IN_CHILD static bool limit(__rlimit_resource_t what, const std::optional<std::uint64_t>& value) {
    if (!value) return true;
    rlimit now{};
    if (::getrlimit(what, &now) == -1) return false;
    const rlim_t wanted = *value;
    const rlimit bounded{wanted < now.rlim_max ? wanted : now.rlim_max, wanted < now.rlim_max ? wanted : now.rlim_max};
    return ::setrlimit(what, &bounded) == 0;
  }
};

/// Blocks all signals of this thread: a handler must not run in the child, which shares our memory.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

struct CloneLauncher : bp::posix::default_launcher {
  template <class Inits>
  struct Job {
    CloneLauncher* launcher;
    const bp::filesystem::path* executable;
    const char* const* argv;
    Inits* inits;
    Failure failure;
  };

  template <class Inits>
  STORMPROOF_IN_CHILD static int child(void* argument) {
    auto& job = *static_cast<Job<Inits>*>(argument);
    const bp::error_code setup = std::apply(
        [&](auto&... init) {
          return bp::posix::detail::on_exec_setup(*job.launcher, *job.executable, job.argv, init...);
        },
        *job.inits);
    if (setup) {
      job.failure = {Step::setup, setup.value() != 0 ? setup.value() : EIO};
      ::_exit(127);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(job.executable->c_str(), const_cast<char* const*>(job.argv), const_cast<char* const*>(job.launcher->env));
    job.failure = {Step::program, errno};
    ::_exit(127);
  }

  /// CLONE_VFORK: returns once the child runs its program or is dead; until then it lives on a stack of its own in our
  /// memory.
  template <class Args, class... Inits>
  Failure operator()(const bp::filesystem::path& executable, const Args& args, Spawned& spawned, Inits... inits) {
    std::tuple<Inits...> all(std::move(inits)...);
    Job<std::tuple<Inits...>> job{this, &executable, this->build_argv_(executable, args), &all, {}};
    constexpr std::size_t kStack = 64U << 10U;
    const std::unique_ptr<std::byte[]> stack(new std::byte[kStack]);  // not zeroed: only touched pages cost
    int pidfd = -1;
    {
      const SignalsBlocked blocked;
      pid = ::clone(&child<std::tuple<Inits...>>, stack.get() + kStack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
                    &job, &pidfd);
    }
    if (pid == -1) return {Step::clone, errno};
    Fd owned(pidfd);
    if (job.failure.step != Step::none) {
      while (::waitpid(pid, nullptr, 0) == -1 && errno == EINTR) {
      }
      return job.failure;
    }
    spawned.pid = pid;
    spawned.pidfd = std::move(owned);
    return {};
  }
};

Error describe_failure(const SpawnRequest& request, const std::string& executable, const Failure& failure) {
  const std::string start = "cannot start " + request.name + ": ";
  const std::string reason = std::strerror(failure.error);
  if (failure.step == Step::clone) {
    return environment_error(start + "the kernel made no process: " + reason,
                             "raise the limit on processes (ulimit -u)");
  }
  if (failure.step == Step::setup) {
    return environment_error(start + "setting up its process failed: " + reason,
                             "run `stormproof doctor`; its working directory is " + request.directory.string());
  }
  std::string hint = "check the command of the target";
  if (failure.error == EACCES) hint = "make it executable: chmod +x " + executable;
  if (failure.error == ENOEXEC)
    hint = "it is not a program for this machine; a script needs a first line like #!/bin/sh";
  if (failure.error == ENOENT && ::access(executable.c_str(), F_OK) == 0) {
    hint = "the file is there, but the interpreter named in it is not";
  }
  return environment_error(start + executable + ": " + reason, hint);
}

}  // namespace

Result<std::filesystem::path> find_executable(const std::string& name, const std::string& search_path) {
  std::error_code failure;
  if (name.find('/') != std::string::npos) {
    auto path = std::filesystem::absolute(name, failure);
    if (failure) return environment_error(name + ": " + failure.message());
    return path;
  }
  for (const std::string& folder : split(search_path, ':')) {
    const auto path = std::filesystem::path(folder.empty() ? "." : folder) / name;
    if (std::filesystem::is_regular_file(path, failure) && ::access(path.c_str(), X_OK) == 0) {
      return std::filesystem::absolute(path, failure);
    }
  }
  return environment_error(name + ": not found in PATH (" + search_path + ")",
                           "install it, or write its path with a '/'");
}

Result<Spawned> spawn(const SpawnRequest& request) {
  if (request.argv.empty()) return environment_error("cannot start " + request.name + ": its command is empty");
  const auto path = request.env.find("PATH");
  auto found = find_executable(request.argv[0], path == request.env.end() ? "/usr/bin:/bin" : path->second);
  if (!found)
    return environment_error("cannot start " + request.name + ": " + found.error().message, found.error().hint);
  std::error_code ignored;
  if (std::filesystem::is_directory(*found, ignored)) {
    return environment_error("cannot start " + request.name + ": " + found->string() + " is a directory",
                             "check the command of the target");
  }

  std::vector<std::string> settings;
  settings.reserve(request.env.size());
  for (const auto& [name, value] : request.env) settings.push_back(name + "=" + value);
  std::vector<const char*> environment;
  for (const std::string& setting : settings) environment.push_back(setting.c_str());
  environment.push_back(nullptr);

  const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing) return environment_error(std::string("cannot open /dev/null: ") + std::strerror(errno));

  CloneLauncher launcher;
  launcher.env = environment.data();
  const std::vector<std::string> args(request.argv.begin() + 1, request.argv.end());
  Spawned spawned;
  const Failure failure =
      launcher(bp::filesystem::path(found->string()), args, spawned, Isolation{::getpid()}, Confinement{&request},
               bp::process_start_dir(bp::filesystem::path(request.directory.string())),
               bp::process_stdio{nothing.get(), request.out >= 0 ? request.out : nothing.get(),
                                 request.err >= 0 ? request.err : nothing.get()});
  if (failure.step != Step::none) return describe_failure(request, found->string(), failure);
  return spawned;
}

}  // namespace stormproof
