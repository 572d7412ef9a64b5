/// One proxy thread: an engine, and the mailbox through which others ask it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "faults/link/mailbox.h"
#include "faults/link/proxy.h"
#include "faults/link/resolver.h"

namespace stormproof {

class Worker {
 public:
  /// Starts the thread. `clock` outlives the worker.
  static Result<std::unique_ptr<Worker>> make(const Clock& clock);
  /// Resets every connection and ends the thread. On another thread than the worker's own.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs `task(Proxy&)` on the thread and returns what it returned.
  template <class Task>
  auto ask(const Task& task) -> decltype(task(std::declval<Proxy&>())) {
    using Answer = decltype(task(*proxy_));
    std::optional<Answer> answer;
    mailbox_->call([&] { answer.emplace(task(*proxy_)); });
    return std::move(*answer);
  }

 private:
  Worker(std::unique_ptr<Mailbox> mailbox, std::unique_ptr<Proxy> proxy);
  Status start();
  void serve();

  std::unique_ptr<Mailbox> mailbox_;
  std::unique_ptr<Proxy> proxy_;
  std::unique_ptr<Resolver> resolver_;
  std::thread thread_;
  bool stop_ = false;  ///< the worker's thread only
};

}  // namespace stormproof
