/// The checker on a history that is still being written: what is missing and doubled so far, by the rules that the
/// verdict will follow. Memory as message_table.h says.
#pragma once

#include <atomic>
#include <cstdint>

#include "harness/check/check_context.h"

namespace stormproof {

class LiveCheck {
 public:
  struct Running {
    std::uint64_t missing = 0;     ///< acknowledged, without an effect so far
    std::uint64_t duplicates = 0;  ///< effects beyond the first, of messages that were sent
  };

  LiveCheck() : context_(Nanos{}, false) {}
  LiveCheck(const LiveCheck&) = delete;
  LiveCheck& operator=(const LiveCheck&) = delete;
  ~LiveCheck() = default;

  /// Each event in order, from one thread.
  void on_event(const EventView& event);
  /// Any thread.
  Running running() const { return {missing_.load(), duplicates_.load()}; }

 private:
  static Running counted(const Message& message);

  CheckContext context_;
  std::atomic<std::uint64_t> missing_{0};
  std::atomic<std::uint64_t> duplicates_{0};
};

}  // namespace stormproof
