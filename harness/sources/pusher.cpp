#include "harness/sources/pusher.h"

#include <fmt/core.h>

#include <algorithm>

namespace stormproof::sources {

void AttemptLog::add(const Attempt& attempt) {
  ++attempts_;
  last_detail_ = attempt.detail;
  done_ = done_ || attempt.outcome == Attempt::Outcome::done;
  uncertain_ = uncertain_ || attempt.outcome == Attempt::Outcome::uncertain;
  settled_ = attempt.outcome == Attempt::Outcome::done || attempt.outcome == Attempt::Outcome::rejected;
}

EventType AttemptLog::outcome() const {
  if (done_) return EventType::ok;
  return uncertain_ || attempts_ == 0 ? EventType::info : EventType::fail;
}

std::string AttemptLog::detail() const {
  if (attempts_ <= 1) return last_detail_;
  return fmt::format("{} (attempt {})", last_detail_, attempts_);
}

Pusher::Pusher(const Workload& workload, const PushOptions& options, Recorder& recorder, const Clock& clock,
               std::function<std::unique_ptr<Sender>()> make_sender)
    : workload_(workload),
      options_(options),
      recorder_(recorder),
      clock_(clock),
      dispatch_(workload.count(), workload.keys(), options.rate, options.order) {
  std::uint64_t senders = std::min(options.concurrency, workload.count());
  if (options.order == KeyOrder::kept) senders = std::min(senders, workload.keys());
  for (std::uint64_t i = 0; i < senders; ++i) senders_.push_back(make_sender());
}

Pusher::~Pusher() { stop(); }

void Pusher::start() {
  for (const auto& sender : senders_) threads_.emplace_back([this, to = sender.get()] { work(*to); });
}

bool Pusher::finished() const {
  const std::lock_guard lock(mutex_);
  return dispatch_.done();
}

void Pusher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (const auto& sender : senders_) sender->cancel();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Pusher::work(Sender& sender) {
  std::unique_lock lock(mutex_);
  while (!stopping_ && !dispatch_.exhausted()) {
    const Dispatch::Next next = dispatch_.take(clock_.now());
    if (next.message) {
      lock.unlock();
      push(workload_.message(*next.message), sender);
      lock.lock();
      dispatch_.complete(*next.message);
      changed_.notify_all();
    } else if (next.at) {
      changed_.wait_for(lock, *next.at - clock_.now());
    } else {
      changed_.wait(lock);
    }
  }
  lock.unlock();
  sender.finish();
}

void Pusher::push(const Message& message, Sender& sender) {
  constexpr int kBackoffDoublings = 5;
  recorder_.record(message.event(EventType::invoke));
  AttemptLog log;
  for (std::uint64_t retry = 0;; ++retry) {
    log.add(sender.send(message));
    if (log.settled() || retry >= options_.retries) break;
    const auto doublings = std::min<std::uint64_t>(retry, kBackoffDoublings);
    if (!wait_out(options_.backoff * static_cast<std::int64_t>(1U << doublings))) break;
  }
  recorder_.record(message.event(log.outcome(), log.detail()));
}

bool Pusher::wait_out(Nanos pause) {
  const Nanos end = clock_.now() + pause;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Nanos left = end - clock_.now();
    if (left <= Nanos{}) return true;
    changed_.wait_for(lock, left);
  }
  return false;
}

}  // namespace stormproof::sources
