/// Threads: a flag they can wait on, what becomes of their exceptions, and the signals they leave alone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

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

/// A thread whose exceptions end the program with status 1 and a sentence: whoever started it can start it again.
std::thread start_thread(std::function<void()> body);

/// Keeps SIGTERM and SIGINT from every thread started after it, for wait_for_signal(). Call first in main.
void block_signals();
/// Returns when SIGTERM or SIGINT arrives.
void wait_for_signal();

}  // namespace streams
