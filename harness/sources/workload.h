/// The messages a source sends. Message n is a pure function of the workload's seed and n, so a replay sends the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/rng.h"
#include "harness/model/event.h"

namespace stormproof::sources {

struct Message {
  std::string id;
  std::string key;
  std::int64_t seq = 0;
  std::string payload;
  std::string digest;

  /// For a Recorder; borrows from this message.
  EventView event(EventType type, std::string_view detail = {}) const;
};

/// 16 lower-case hex digits of hash64.
std::string digest_of(std::string_view payload);

/// `size` characters of A-Z a-z 0-9 - _: they need no escaping in JSON, URLs or shells.
std::string random_payload(Rng& rng, std::size_t size);

/// `count` messages spread round robin over `keys` keys: message n (from 0) has key n mod keys, and the sequences of a
/// key are 1, 2, ...
class Workload {
 public:
  Workload(std::uint64_t count, std::uint64_t keys, std::uint64_t payload_size, const Rng& rng)
      : count_(count), keys_(keys), payload_size_(payload_size), rng_(rng) {}

  std::uint64_t count() const { return count_; }
  std::uint64_t keys() const { return keys_; }
  /// Any thread. `n` < count().
  Message message(std::uint64_t n) const;

 private:
  std::uint64_t count_, keys_, payload_size_;
  Rng rng_;
};

}  // namespace stormproof::sources
