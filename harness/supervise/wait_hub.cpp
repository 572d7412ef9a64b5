#include "harness/supervise/wait_hub.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <map>
#include <set>

#include "harness/base/assert.h"
#include "harness/supervise/proc_fs.h"

namespace stormproof {

namespace {

namespace asio = boost::asio;

constexpr auto kOrphanRound = std::chrono::milliseconds(100);
constexpr idtype_t kByPidfd = static_cast<idtype_t>(3);  // P_PIDFD

std::chrono::microseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

/// The libc wrapper of waitid has no room for the resource usage.
int waitid_with_usage(idtype_t kind, id_t id, siginfo_t* info, int options, rusage* usage) {
  return static_cast<int>(::syscall(SYS_waitid, kind, id, info, options, usage));
}

/// Reaps the dead child behind `pidfd`; nothing while it is alive.
std::optional<WaitStatus> reap(int pidfd) {
  siginfo_t info{};
  rusage usage{};
  while (waitid_with_usage(kByPidfd, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG, &usage) == -1) {
    if (errno != EINTR) return std::nullopt;
  }
  if (info.si_pid == 0) return std::nullopt;
  WaitStatus status;
  if (info.si_code == CLD_EXITED) {
    status.code = info.si_status;
  } else {
    status.signal = info.si_status;
    status.core_dumped = info.si_code == CLD_DUMPED;
  }
  status.peak_memory_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  status.user_time = duration_of(usage.ru_utime);
  status.system_time = duration_of(usage.ru_stime);
  return status;
}

}  // namespace

struct WaitHub::Impl : std::enable_shared_from_this<WaitHub::Impl> {
  struct Child {
    asio::posix::stream_descriptor pidfd;
    std::function<void(const WaitStatus&)> exited;
  };

  Impl(asio::io_context& io, std::string run_mark) : loop(io), mark(std::move(run_mark)), orphan_timer(io) {}

  void arm(pid_t pid, Child& child) {
    child.pidfd.async_wait(asio::posix::descriptor_base::wait_read,
                           [self = shared_from_this(), pid](const boost::system::error_code& failure) {
                             if (!failure) self->collect(pid, Group::kill);
                           });
  }

  enum class Group { kill, already_killed };
  void collect(pid_t pid, Group group) {
    const auto found = children.find(pid);
    if (found == children.end()) return;
    // While the leader is a zombie its number cannot be reused, so the group is still ours to kill.
    siginfo_t info{};
    if (group == Group::kill && ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == pid) {
      ::kill(-pid, SIGKILL);
    }
    const auto status = reap(found->second->pidfd.native_handle());
    if (!status) {
      arm(pid, *found->second);
      return;
    }
    // Taking its descriptor out of epoll and closing it would delay the news of the death.
    const auto exited = std::move(found->second->exited);
    buried.push_back(std::move(found->second));
    children.erase(found);
    exited(*status);
  }

  void schedule_orphans() {
    if (orphans_scheduled || children.empty()) return;
    orphans_scheduled = true;
    orphan_timer.expires_after(kOrphanRound);
    orphan_timer.async_wait([self = shared_from_this()](const boost::system::error_code& failure) {
      if (failure) return;
      self->orphans_scheduled = false;
      self->reap_orphans();
      self->schedule_orphans();
    });
  }

  void reap_orphans() {
    buried.clear();
    const pid_t me = ::getpid();
    std::set<pid_t> alive;
    for (const pid_t pid : adopted_pids()) {
      if (children.count(pid) != 0) continue;
      const auto stat = proc_stat(pid);
      if (!stat || stat->parent != me) continue;
      if (!stat->zombie()) {
        if (noted.count(pid) != 0 || proc_has_environment(pid, "STORMPROOF_RUN", mark)) alive.insert(pid);
        continue;
      }
      if (noted.count(pid) == 0 && sessions.count(stat->session) == 0) continue;
      siginfo_t info{};
      ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG);
    }
    noted = std::move(alive);
  }

  asio::io_context& loop;
  std::string mark;
  asio::steady_timer orphan_timer;
  bool orphans_scheduled = false;
  std::map<pid_t, std::unique_ptr<Child>> children;
  std::vector<std::unique_ptr<Child>> buried;  ///< reaped; dropped at leisure
  std::set<pid_t> sessions;                    ///< led by children of ours, dead or alive
  std::set<pid_t> noted;                       ///< living orphans of this run
};

WaitHub::WaitHub(asio::io_context& loop, std::string mark) : impl_(std::make_shared<Impl>(loop, std::move(mark))) {}

WaitHub::~WaitHub() {
  for (auto& [pid, child] : impl_->children) {
    ::kill(-pid, SIGKILL);
    if (wait_dead(pid, std::chrono::seconds(5))) (void)reap(child->pidfd.native_handle());
  }
  impl_->children.clear();
  impl_->buried.clear();
  impl_->orphan_timer.cancel();
}

void WaitHub::watch(pid_t pid, Fd pidfd, std::function<void(const WaitStatus&)> exited) {
  STORMPROOF_ASSERT(impl_->children.count(pid) == 0, "the process is already watched");
  impl_->buried.clear();
  auto child = std::make_unique<Impl::Child>(
      Impl::Child{asio::posix::stream_descriptor(impl_->loop, pidfd.release()), std::move(exited)});
  impl_->arm(pid, *child);
  impl_->children.emplace(pid, std::move(child));
  impl_->sessions.insert(pid);
  impl_->schedule_orphans();
}

bool WaitHub::wait_dead(pid_t pid, Nanos timeout) const {
  const auto found = impl_->children.find(pid);
  if (found == impl_->children.end()) return true;
  pollfd waiting{found->second->pidfd.native_handle(), POLLIN, 0};
  const auto until = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::max(Nanos{}, Nanos(until - std::chrono::steady_clock::now()));
    const timespec wait{static_cast<time_t>(left.count() / 1'000'000'000),
                        static_cast<long>(left.count() % 1'000'000'000)};
    const int ready = ::ppoll(&waiting, 1, &wait, nullptr);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

bool WaitHub::wait_killed(pid_t pid, Nanos timeout) {
  if (!wait_dead(pid, timeout)) return false;
  impl_->collect(pid, Impl::Group::already_killed);
  return true;
}

void WaitHub::reap_orphans() { impl_->reap_orphans(); }

void WaitHub::reap_adopted(const std::vector<pid_t>& pids) {
  for (int round = 0; round < 200; ++round) {
    bool any_left = false;
    for (const pid_t pid : pids) {
      if (impl_->children.count(pid) != 0) continue;
      siginfo_t info{};
      const bool ours = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) == 0;
      if (ours && info.si_pid == 0) any_left = true;
    }
    if (!any_left) return;
    ::poll(nullptr, 0, 1);
  }
}

std::size_t WaitHub::watched() const { return impl_->children.size(); }

}  // namespace stormproof
