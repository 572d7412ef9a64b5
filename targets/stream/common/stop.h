/// A flag that threads can wait on, and the signals that raise it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace streams {

class Stop {
 public:
  void raise();
  bool raised() const;
  /// Waits for `duration`; true as soon as the flag is raised.
  bool wait_for(std::chrono::nanoseconds duration) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool raised_ = false;
};

/// Keeps SIGTERM and SIGINT from every thread started after it, for wait_for_signal(). Call first in main.
void block_signals();
/// Returns when SIGTERM or SIGINT arrives.
void wait_for_signal();

}  // namespace streams
