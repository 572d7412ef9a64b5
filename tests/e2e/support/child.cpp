#include "tests/e2e/support/child.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/golden.h"

namespace stormproof::e2e {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

std::vector<std::string> environment_of(const Options& options) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!options.env.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : options.env) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

struct Pipe {
  Fd read;
  Fd write;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

Child::Child(const std::vector<std::string>& argv, const Options& options)
    : options_(options), deadline_(steady_clock::now() + options.patience) {
  std::vector<std::string> arguments = argv;
  std::vector<std::string> environment = environment_of(options);
  const std::vector<char*> raw_arguments = pointers(arguments);
  const std::vector<char*> raw_environment = pointers(environment);
  Pipe out;
  Pipe err;
  if (options.terminal) {
    int controller = -1;
    winsize size{40, 120, 0, 0};
    pid_ = ::forkpty(&controller, nullptr, nullptr, &size);
    if (pid_ > 0) out_ = Fd(controller);
  } else {
    out = make_pipe();
    err = make_pipe();
    pid_ = ::fork();
  }
  if (pid_ < 0) std::abort();
  if (pid_ == 0) {
    if (!options.terminal) {
      ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
      ::dup2(out.write.get(), STDOUT_FILENO);
      ::dup2(err.write.get(), STDERR_FILENO);
    }
    if (!options.cwd.empty() && ::chdir(options.cwd.c_str()) != 0) ::_exit(126);
    ::execvpe(raw_arguments[0], raw_arguments.data(), raw_environment.data());
    ::_exit(127);
  }
  if (!options.terminal) {
    out_ = std::move(out.read);
    err_ = std::move(err.read);
  }
  pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

Child::~Child() {
  if (reaped_) return;
  signal(SIGKILL);
  reap();
}

void Child::signal(int number) const {
  if (!reaped_) ::kill(pid_, number);
}

bool Child::read_some() {
  pollfd watched[2] = {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
  if (!out_.valid() && !err_.valid()) return false;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
  if (left.count() <= 0 || ::poll(watched, 2, static_cast<int>(left.count())) == 0) {
    ADD_FAILURE() << "the child did not end within " << options_.patience.count() << " s\nstdout: " << ran_.out
                  << "\nstderr: " << ran_.err;
    signal(SIGKILL);
    return false;
  }
  char buffer[65536];
  const auto take = [&](Fd& fd, const pollfd& state, std::string& text) {
    if (!fd.valid() || state.revents == 0) return;
    const ssize_t size = ::read(fd.get(), buffer, sizeof buffer);
    // A terminal whose other side is gone answers EIO.
    size > 0 ? static_cast<void>(text.append(buffer, static_cast<std::size_t>(size))) : fd.reset();
  };
  take(out_, watched[0], ran_.out);
  take(err_, watched[1], ran_.err);
  return true;
}

bool Child::wait_for(std::string_view text) {
  const auto seen = [&] {
    return ran_.out.find(text) != std::string::npos || ran_.err.find(text) != std::string::npos;
  };
  while (!seen() && read_some()) {
  }
  EXPECT_TRUE(seen()) << "never saw '" << text << "'\nstdout: " << ran_.out << "\nstderr: " << ran_.err;
  return seen();
}

void Child::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  ran_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Ran Child::wait() {
  // Grandchildren may hold the pipes open: the end of the child is what counts.
  bool ended = false;
  while (!ended) {
    pollfd watched[3] = {{pidfd_.get(), POLLIN, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
    ::poll(watched, 3, std::max(0, static_cast<int>(left.count())));
    ended = (watched[0].revents != 0 && watched[1].revents == 0 && watched[2].revents == 0);
    if (!ended && !read_some()) ended = true;
  }
  reap();
  return ran_;
}

std::vector<std::string> stormproof(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), STORMPROOF_PROGRAM);
  return arguments;
}

Ran run_stormproof(std::vector<std::string> arguments, const Options& options) {
  return Child(stormproof(std::move(arguments)), options).wait();
}

namespace {

bool is_zombie(const fs::path& process) {
  const std::string stat = read_file(process / "stat");
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || stat.substr(name_end + 2, 1) == "Z" || stat.substr(name_end + 2, 1) == "X";
}

}  // namespace

std::vector<std::string> processes_marked(std::string_view word) {
  std::vector<std::string> found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    const std::string pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos || pid == std::to_string(::getpid())) continue;
    std::string command = read_file(entry.path() / "cmdline");
    const std::string cwd = fs::read_symlink(entry.path() / "cwd", failure).string();
    const std::string all = command + read_file(entry.path() / "environ") + cwd;
    if (all.find(word) == std::string::npos || is_zombie(entry.path())) continue;
    std::replace(command.begin(), command.end(), '\0', ' ');
    found.push_back(pid + " " + command);
  }
  return found;
}

std::vector<std::string> processes_left(std::string_view word, milliseconds within) {
  const auto deadline = steady_clock::now() + within;
  std::vector<std::string> left = processes_marked(word);
  while (!left.empty() && steady_clock::now() < deadline) {
    ::poll(nullptr, 0, 20);
    left = processes_marked(word);
  }
  return left;
}

std::vector<std::string> control_groups() {
  std::vector<std::string> groups;
  std::error_code failure;
  const auto options = fs::directory_options::skip_permission_denied;
  for (auto it = fs::recursive_directory_iterator("/sys/fs/cgroup", options, failure);
       it != fs::recursive_directory_iterator(); it.increment(failure)) {
    if (failure) break;
    if (it->is_directory(failure) && it->path().filename().string().starts_with("stormproof")) {
      groups.push_back(it->path().string());
    }
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

bool port_is_free(int port) {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace stormproof::e2e
