/// Decides which message goes next: at most one in flight a key (unless unordered), at a given rate. Pure: no thread,
/// no lock, no clock; pusher.cpp is its shell.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/base/clock.h"

namespace stormproof::sources {

enum class KeyOrder { kept, unordered };

class Dispatch {
 public:
  /// Message n of `count` has key n mod `keys`. `rate` messages a second, 0: as fast as possible.
  Dispatch(std::uint64_t count, std::uint64_t keys, std::uint64_t rate, KeyOrder order);

  struct Next {
    std::optional<std::uint64_t> message;  ///< send it now
    std::optional<Nanos> at;               ///< nothing before then; neither: wait until something completes, or done()
  };
  /// Takes the next message, if there is one to send at `now`.
  Next take(Nanos now);
  /// Message `n` has its outcome: its key is free again.
  void complete(std::uint64_t n);
  /// Everything was sent and has its outcome.
  bool done() const { return completed_ == count_; }
  /// Nothing is left to take.
  bool exhausted() const { return taken_ == count_; }

 private:
  std::optional<std::uint64_t> pick();

  std::uint64_t count_, keys_;
  KeyOrder order_;
  Nanos interval_;
  Nanos due_{};  ///< of the next message
  bool started_ = false;
  std::uint64_t taken_ = 0;
  std::uint64_t completed_ = 0;
  /// kept: keys that are free and have a message left, in turn; next_of_key_[k] is its next message.
  std::vector<std::uint64_t> next_of_key_;
  std::vector<std::uint64_t> free_keys_;  ///< a ring
  std::size_t ring_begin_ = 0;
  std::size_t ring_size_ = 0;
};

}  // namespace stormproof::sources
