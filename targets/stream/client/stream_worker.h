/// One stream: a thread reads it, another handles and stores its records.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <thread>

#include "targets/stream/client/feed.h"
#include "targets/stream/client/queue.h"
#include "targets/stream/client/store.h"
#include "targets/stream/common/levels.h"
#include "targets/stream/common/threads.h"

namespace streams {

/// What all workers of a replica share. Outlives them.
struct Shared {
  Level level = Level::recoverable;
  Bug bug = Bug::none;
  std::chrono::nanoseconds work{};  ///< what handling one record takes, before it is stored
  std::size_t queue = 32;
  Feed& feed;
  Store& store;
  Effects* effects = nullptr;  ///< may be absent
};

class StreamWorker {
 public:
  StreamWorker(Shared& shared, Claim claim);
  /// Abandons whatever is not stored yet.
  ~StreamWorker();
  StreamWorker(const StreamWorker&) = delete;
  StreamWorker& operator=(const StreamWorker&) = delete;

  /// Takes nothing more from the server; what has been received is still handled.
  void stop_reading();
  /// Waits until everything received is stored. After stop_reading, or blocks until the stream ends.
  void join();

  /// The claim with the position reached so far.
  Claim claim() const;
  /// The stream is at its end (or lost to another owner): there is nothing to hand over.
  bool over() const { return over_; }

 private:
  void read();
  void handle_all();
  void handle(const Record& record);
  void process(const Record& record) const;
  void save(const Record& record);
  void received(Record record);
  void break_seen(const std::string& broken);
  bool gives_up(const std::string& broken, int quick_attempts) const;
  bool known(const std::string& id);
  std::int64_t resume_after() const;
  void abandon();

  Shared& shared_;
  const Claim claim_;
  Queue<Record> queue_;
  Cancel cancel_;
  Stop stop_;
  std::atomic<std::int64_t> received_;
  std::atomic<std::int64_t> stored_;
  std::atomic<bool> ended_ = false;  ///< the server has said that there is no more
  std::atomic<bool> over_ = false;
  int breaks_ = 0;                 ///< reader thread only, as the four below
  std::int64_t first_break_ = 0;   ///< Bug::stale_retry
  std::deque<std::string> known_;  ///< Bug::ids_in_memory, Bug::dedupe_window: the latest at the end
  std::set<std::string> known_ids_;
  bool skip_next_ = false;  ///< handler thread only; Bug::skip_one_more
  std::thread reader_;
  std::thread handler_;
};

}  // namespace streams
