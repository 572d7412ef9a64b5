/// Hands work to the one thread that owns something, and waits until it is done.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "harness/base/fd.h"
#include "harness/base/result.h"

namespace stormproof {

class Mailbox {
 public:
  static Result<std::unique_ptr<Mailbox>> make();

  /// Runs `task` on the owner's thread and returns when it is done. Any thread; on the owner's own it runs at once. It
  /// must not outlive the owner's loop: nobody would answer.
  void call(const std::function<void()>& task);

  /// Has `task` run on the owner's thread and does not wait for that. Any thread. A task that nobody takes any more is
  /// destroyed with the mailbox.
  void post(std::function<void()> task);

  /// The owner's thread, before the first call.
  void set_owner(std::thread::id owner) { owner_ = owner; }
  /// Readable while there is something to do.
  int fd() const { return event_.get(); }
  /// Runs what has been handed over. The owner's thread.
  void drain();

 private:
  struct Letter {
    std::function<void()> task;
    bool* done = nullptr;  ///< of somebody who waits
  };
  void put(Letter letter);

  explicit Mailbox(Fd event) : event_(std::move(event)) {}

  Fd event_;
  std::thread::id owner_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<Letter> letters_;
};

}  // namespace stormproof
