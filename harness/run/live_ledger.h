/// What is still missing while the run goes on: decides when a run may end. The verdict comes from the checker alone.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "harness/api/recorder.h"

namespace stormproof {

/// A Recorder that counts on its way to another one. Any thread.
class LiveLedger final : public Recorder {
 public:
  LiveLedger(Recorder& next, const Clock& clock) : next_(next), clock_(clock) {}

  void record(EventView event) override;
  LiveCounts counts() const override { return next_.counts(); }

  /// Acknowledged messages without an effect so far.
  std::uint64_t missing() const;
  /// Operations without an outcome so far.
  std::uint64_t open() const;
  /// When the last operation or effect was recorded.
  Nanos last_activity() const;

 private:
  struct State {
    bool open = false, acked = false, effected = false;
  };
  Recorder& next_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, State> messages_;
  std::uint64_t missing_ = 0;
  std::uint64_t open_ = 0;
  Nanos last_activity_{};
};

}  // namespace stormproof
