/// A Recorder that keeps everything in memory, and lets a test wait for what it expects.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "harness/api/recorder.h"

namespace stormproof {

class FakeRecorder final : public Recorder {
 public:
  void record(EventView event) override {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(event);
    count(event.type);
    changed_.notify_all();
  }
  LiveCounts counts() const override {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

  std::vector<Event> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::vector<Event> events(EventType type) const {
    std::vector<Event> some;
    for (Event& event : events()) {
      if (event.type == type) some.push_back(std::move(event));
    }
    return some;
  }
  std::vector<std::string> ids(EventType type) const {
    std::vector<std::string> ids;
    for (const Event& event : events(type)) ids.push_back(event.id);
    return ids;
  }
  /// Details of notes by `by` with this id.
  std::vector<std::string> notes(const std::string& by, const std::string& id = {}) const {
    std::vector<std::string> details;
    for (const Event& event : events(EventType::note)) {
      if (event.by == by && event.id == id) details.push_back(event.detail);
    }
    return details;
  }

  /// Waits until the condition holds. The limit is only ever reached by a failing test.
  bool wait_for(const std::function<bool(const LiveCounts&)>& condition) const {
    constexpr auto kLimit = std::chrono::seconds(30);
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLimit, [&] { return condition(counts_); });
  }

 private:
  void count(EventType type) {
    switch (type) {
      case EventType::invoke: ++counts_.sent; break;
      case EventType::ok: ++counts_.acked; break;
      case EventType::fail: ++counts_.failed; break;
      case EventType::info: ++counts_.info; break;
      case EventType::effect: ++counts_.effects; break;
      default: break;
    }
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Event> events_;
  LiveCounts counts_;
};

}  // namespace stormproof
