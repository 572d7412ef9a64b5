#include "harness/run/live_ledger.h"

namespace stormproof {

void LiveLedger::record(EventView event) {
  switch (event.type) {
    case EventType::invoke:
    case EventType::ok:
    case EventType::fail:
    case EventType::info:
    case EventType::effect: {
      const std::lock_guard lock(mutex_);
      State& state = messages_[std::string(event.id)];
      if (event.type == EventType::invoke) {
        if (!state.open) ++open_;
        state.open = true;
      } else if (event.type == EventType::effect) {
        if (state.acked && !state.effected) --missing_;
        state.effected = true;
      } else {
        if (state.open) --open_;
        state.open = false;
        if (event.type == EventType::ok && !state.acked) {
          state.acked = true;
          if (!state.effected) ++missing_;
        }
      }
      last_activity_ = clock_.now();
      break;
    }
    default: break;
  }
  next_.record(event);
}

std::uint64_t LiveLedger::missing() const {
  const std::lock_guard lock(mutex_);
  return missing_;
}

std::uint64_t LiveLedger::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

Nanos LiveLedger::last_activity() const {
  const std::lock_guard lock(mutex_);
  return last_activity_;
}

}  // namespace stormproof
