#include "targets/stream/common/threads.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

namespace streams {

void Stop::raise() {
  const std::lock_guard lock(mutex_);
  raised_ = true;
  changed_.notify_all();
}

bool Stop::raised() const {
  const std::lock_guard lock(mutex_);
  return raised_;
}

bool Stop::wait_for(std::chrono::nanoseconds duration) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, duration, [this] { return raised_; });
}

std::thread start_thread(std::function<void()> body) {
  return std::thread([body = std::move(body)] {
    try {
      body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: error: %s\n", program_invocation_short_name, error.what());
      _exit(1);
    }
  });
}

namespace {
sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}
}  // namespace

void block_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void wait_for_signal() {
  const sigset_t set = stop_signals();
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
}

}  // namespace streams
