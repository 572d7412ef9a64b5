#include "harness/sources/dispatch.h"

#include <algorithm>

#include "harness/base/assert.h"

namespace stormproof::sources {

Dispatch::Dispatch(std::uint64_t count, std::uint64_t keys, std::uint64_t rate, KeyOrder order)
    : count_(count),
      keys_(std::max<std::uint64_t>(1, std::min(keys, count))),
      order_(order),
      interval_(rate == 0 ? Nanos{} : Nanos(std::chrono::seconds(1)) / static_cast<std::int64_t>(rate)) {
  if (order_ == KeyOrder::unordered) return;
  next_of_key_.resize(keys_);
  free_keys_.resize(keys_);
  for (std::uint64_t key = 0; key < keys_; ++key) next_of_key_[key] = free_keys_[key] = key;
  ring_size_ = count_ == 0 ? 0 : keys_;
}

std::optional<std::uint64_t> Dispatch::pick() {
  if (exhausted()) return std::nullopt;
  if (order_ == KeyOrder::unordered) return taken_;
  if (ring_size_ == 0) return std::nullopt;
  const std::uint64_t key = free_keys_[ring_begin_];
  ring_begin_ = (ring_begin_ + 1) % keys_;
  --ring_size_;
  const std::uint64_t message = next_of_key_[key];
  next_of_key_[key] += keys_;
  return message;
}

Dispatch::Next Dispatch::take(Nanos now) {
  // What a stalled target kept from being sent is not made up for in one burst, beyond the jitter of waking up.
  constexpr Nanos kCatchUp = std::chrono::milliseconds(20);
  if (interval_ > Nanos{}) {
    if (!started_ || due_ < now - kCatchUp) due_ = now;
    started_ = true;
    if (due_ > now && !exhausted()) return {std::nullopt, due_};
  }
  const std::optional<std::uint64_t> message = pick();
  if (!message) return {};
  ++taken_;
  due_ += interval_;
  return {message, std::nullopt};
}

void Dispatch::complete(std::uint64_t n) {
  STORMPROOF_ASSERT(completed_ < taken_, "a message completed that was not taken");
  ++completed_;
  if (order_ == KeyOrder::unordered) return;
  const std::uint64_t key = n % keys_;
  if (next_of_key_[key] >= count_) return;
  free_keys_[(ring_begin_ + ring_size_) % keys_] = key;
  ++ring_size_;
}

}  // namespace stormproof::sources
