/// Work on pieces of a stream with several threads, its results taken in the order of the pieces.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace stormproof {

/// For each piece: take(job) fills it (one thread at a time, in order; false: there are no more), work(job) runs on any
/// thread, done(job) again one at a time and in order (false: stop early). With one thread everything happens on the
/// caller's. The first exception of any of them is thrown again at the end.
template <class Job>
class OrderedWork {
 public:
  template <class Take, class Work, class Done>
  static void run(unsigned threads, Take take, Work work, Done done) {
    if (threads <= 1) {
      Job job;
      while (take(job)) {
        work(job);
        if (!done(job)) return;
      }
      return;
    }
    OrderedWork state(threads);
    const auto loop = [&] { state.guarded([&] { state.loop(take, work, done); }); };
    std::vector<std::thread> others;
    try {
      for (unsigned i = 1; i < threads; ++i) others.emplace_back(loop);
    } catch (const std::exception&) {  // fewer threads do as well
    }
    loop();
    for (std::thread& other : others) other.join();
    if (state.failure_) std::rethrow_exception(state.failure_);
  }

 private:
  explicit OrderedWork(unsigned threads) : ahead_(2 * std::uint64_t{threads} + 2) {}

  template <class Take, class Work, class Done>
  void loop(Take& take, Work& work, Done& done) {
    while (true) {
      std::unique_ptr<Job> job;
      std::uint64_t number = 0;
      {
        const std::lock_guard taking(take_mutex_);
        if (!wait_for_room()) return;
        job = free_job();
        if (!take(*job)) {
          stop();
          return;
        }
        number = taken_++;
      }
      work(*job);
      if (!hand_over(number, std::move(job), done)) return;
    }
  }

  bool wait_for_room() {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopped_ || taken_ < finished_ + ahead_; });
    return !stopped_;
  }

  std::unique_ptr<Job> free_job() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::make_unique<Job>();
    std::unique_ptr<Job> job = std::move(free_.back());
    free_.pop_back();
    return job;
  }

  /// Whoever brings the next piece in order also finishes those that wait behind it.
  template <class Done>
  bool hand_over(std::uint64_t number, std::unique_ptr<Job> job, Done& done) {
    std::unique_lock lock(mutex_);
    ready_.emplace(number, std::move(job));
    if (finishing_) return !cancelled_;
    finishing_ = true;
    while (!cancelled_ && !ready_.empty() && ready_.begin()->first == finished_) {
      std::unique_ptr<Job> next = std::move(ready_.begin()->second);
      ready_.erase(ready_.begin());
      lock.unlock();
      const bool more = done(*next);
      lock.lock();
      free_.push_back(std::move(next));
      ++finished_;
      if (!more) cancelled_ = stopped_ = true;
      room_.notify_all();
    }
    finishing_ = false;
    return !cancelled_;
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    room_.notify_all();
  }

  template <class Body>
  void guarded(const Body& body) {
    try {
      body();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      cancelled_ = stopped_ = true;
      room_.notify_all();
    }
  }

  const std::uint64_t ahead_;
  std::mutex take_mutex_;
  std::uint64_t taken_ = 0;  // under take_mutex_

  std::mutex mutex_;
  std::condition_variable room_;
  std::map<std::uint64_t, std::unique_ptr<Job>> ready_;
  std::vector<std::unique_ptr<Job>> free_;
  std::uint64_t finished_ = 0;
  bool finishing_ = false;
  bool stopped_ = false;    // nothing more is taken
  bool cancelled_ = false;  // nothing more is finished either
  std::exception_ptr failure_;
};

}  // namespace stormproof
