#include "harness/check/pending_work.h"

#include <algorithm>

namespace stormproof {

PendingWork::KeyState& PendingWork::state(std::uint32_t key) {
  const std::size_t index = key == Interner::kNone ? 0 : std::size_t{key} + 1;
  if (states_.size() <= index) states_.resize(std::max(index + 1, states_.size() * 2));
  return states_[index];
}

void PendingWork::update(KeyState& state, std::int64_t& highest, std::int64_t seq) {
  const bool before = state.acked > state.effected;
  highest = std::max(highest, seq);
  const bool after = state.acked > state.effected;
  if (after && !before) ++keys_behind_;
  if (before && !after) --keys_behind_;
}

void PendingWork::acknowledged(const Message& message) {
  if (message.seq == EventView::kNoSeq) {
    if (message.effects == 0) ++single_;
    return;
  }
  KeyState& key = state(message.key);
  update(key, key.acked, message.seq);
  if (message.effects > 0) update(key, key.effected, message.seq);
}

void PendingWork::effected(const Message& message) {
  if (message.seq == EventView::kNoSeq) {
    if (message.acked()) --single_;
    return;
  }
  KeyState& key = state(message.key);
  update(key, key.effected, message.seq);
}

}  // namespace stormproof
