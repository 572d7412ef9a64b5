/// Sends a workload with several threads, one message at a time each, and records every operation. What a protocol adds
/// is a Sender.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/api/recorder.h"
#include "harness/base/clock.h"
#include "harness/sources/dispatch.h"
#include "harness/sources/workload.h"

namespace stormproof::sources {

/// What one attempt to send a message came to.
struct Attempt {
  enum class Outcome {
    done,       ///< acknowledged
    rejected,   ///< certainly did not happen, and trying again would not help
    not_sent,   ///< certainly did not happen: nothing left this machine
    uncertain,  ///< nobody knows
  };
  Outcome outcome = Outcome::uncertain;
  std::string detail;  ///< "HTTP 503", "connection refused"; kept in the history
};

/// One connection's worth of sending; used by one thread, but for cancel().
class Sender {
 public:
  virtual ~Sender() = default;
  virtual Attempt send(const Message& message) = 0;
  /// Any thread: makes a send() that is under way, and every later one, return soon.
  virtual void cancel() = 0;
  /// After the last send(): lets go of the connection, which a server may otherwise wait for.
  virtual void finish() {}
};

struct PushOptions {
  std::uint64_t rate = 0;  ///< messages a second, 0: as fast as possible
  std::uint64_t concurrency = 1;
  KeyOrder order = KeyOrder::kept;
  std::uint64_t retries = 0;  ///< further attempts, with the same id, after an uncertain or unsent one
  Nanos backoff{};            ///< before the first retry; doubled for each further one, up to 32 times this
};

/// Combines the attempts for one message: done if any was; else fail only if every one certainly did not happen.
class AttemptLog {
 public:
  void add(const Attempt& attempt);
  /// Whether another attempt could change anything.
  bool settled() const { return settled_; }
  EventType outcome() const;
  /// Of the last attempt; with retries also how many there were.
  std::string detail() const;

 private:
  bool done_ = false;
  bool settled_ = false;
  bool uncertain_ = false;
  std::uint64_t attempts_ = 0;
  std::string last_detail_;
};

class Pusher {
 public:
  Pusher(const Workload& workload, const PushOptions& options, Recorder& recorder, const Clock& clock,
         std::function<std::unique_ptr<Sender>()> make_sender);
  ~Pusher();
  Pusher(const Pusher&) = delete;
  Pusher& operator=(const Pusher&) = delete;

  void start();
  bool finished() const;
  /// Cancels what is under way (it becomes info) and waits for the threads. Idempotent.
  void stop();

 private:
  void work(Sender& sender);
  void push(const Message& message, Sender& sender);
  /// False when stopping.
  bool wait_out(Nanos pause);

  Workload workload_;
  PushOptions options_;
  Recorder& recorder_;
  const Clock& clock_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::vector<std::thread> threads_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Dispatch dispatch_;
  bool stopping_ = false;
};

}  // namespace stormproof::sources
