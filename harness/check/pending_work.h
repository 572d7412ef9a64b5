/// Is there work that should be flowing? An acknowledged message waits until it takes effect. One with a sequence no
/// longer waits once a later message of its key has taken effect: it was overtaken, and that is the business of
/// no_loss, no_gaps and in_order, not of the invariants about time. Operations that are only under way, failed or of
/// unknown outcome do not count: nobody promised their effect.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/check/message_table.h"

namespace stormproof {

class PendingWork {
 public:
  bool any() const { return single_ > 0 || keys_behind_ > 0; }
  /// In place of the two below, where no message carries a sequence.
  void set_waiting(std::uint64_t messages) { single_ = messages; }
  /// At the first ok of a message, with its state before.
  void acknowledged(const Message& message);
  /// At the first effect of a message that was attempted, with its state before.
  void effected(const Message& message);

 private:
  struct KeyState {
    std::int64_t acked = INT64_MIN;
    std::int64_t effected = INT64_MIN;
  };
  KeyState& state(std::uint32_t key);
  void update(KeyState& state, std::int64_t& highest, std::int64_t seq);

  std::uint64_t single_ = 0;       // waiting messages without a sequence
  std::uint64_t keys_behind_ = 0;  // keys whose highest acknowledged sequence is above the highest in effect
  std::vector<KeyState> states_;   // by key + 1
};

}  // namespace stormproof
