/// What a fault under test sees of a run: paper processes, a clock that stands still, and steps the test lets happen.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "harness/api/fault.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_process_control.h"

namespace stormproof {

class FakeRecorder final : public Recorder {
 public:
  void record(EventView event) override { events.emplace_back(event); }
  LiveCounts counts() const override { return {}; }
  std::vector<Event> events;
};

/// Remembers what is armed; no bytes flow.
class FakeLinkControl final : public LinkControl {
 public:
  std::vector<std::string> links() const override { return {"feed"}; }
  Status arm(const std::string& link, Direction direction, std::shared_ptr<LinkFault> fault) override {
    if (link != "feed") return internal_error("no link " + link);
    (void)direction;
    armed.push_back(std::move(fault));
    return {};
  }
  Status disarm(const std::string& link, const std::shared_ptr<LinkFault>& fault) override {
    (void)link;
    std::erase(armed, fault);
    return {};
  }
  Status replace(const std::string& link, const std::shared_ptr<LinkFault>& from,
                 std::shared_ptr<LinkFault> to) override {
    (void)link;
    std::replace(armed.begin(), armed.end(), from, std::move(to));
    return {};
  }
  Status set_down(const std::string& link, bool down) override {
    (void)link;
    calls.push_back(down ? "down" : "up");
    if (down) numbers.closed_by_down += open_connections;
    return {};
  }
  LinkStats stats(const std::string& link) const override {
    (void)link;
    return numbers;
  }
  std::vector<std::shared_ptr<LinkFault>> armed;
  std::vector<std::string> calls;
  std::uint64_t open_connections = 0;
  LinkStats numbers;
};

class FakeFaultContext final : public FaultContext {
 public:
  FakeProcessControl& processes() override { return processes_; }
  FakeLinkControl& links() override { return links_; }
  const Clock& clock() const override { return clock_; }
  FakeRecorder& recorder() override { return recorder_; }
  void after(Nanos delay, std::function<void()> task) override {
    steps_.emplace(clock_.now() + delay, std::move(task));
  }

  /// Lets this much time go by; what is due happens in order, each at its time.
  void pass(Nanos time) {
    const Nanos end = clock_.now() + time;
    while (!steps_.empty() && steps_.begin()->first <= end) {
      auto step = steps_.extract(steps_.begin());
      clock_.set(std::max(clock_.now(), step.key()));
      step.mapped()();
    }
    clock_.set(end);
  }
  std::size_t steps_waiting() const { return steps_.size(); }

 private:
  FakeProcessControl processes_;
  FakeLinkControl links_;
  FakeClock clock_;
  FakeRecorder recorder_;
  std::multimap<Nanos, std::function<void()>> steps_;
};

}  // namespace stormproof
