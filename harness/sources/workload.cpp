#include "harness/sources/workload.h"

#include <fmt/format.h>

namespace stormproof::sources {

EventView Message::event(EventType type, std::string_view detail) const {
  EventView view;
  view.type = type;
  view.id = id;
  view.key = key;
  view.seq = seq;
  view.digest = digest;
  view.by = "source";
  view.detail = detail;
  return view;
}

std::string digest_of(std::string_view payload) { return fmt::format("{:016x}", hash64(payload)); }

std::string random_payload(Rng& rng, std::size_t size) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr std::size_t kDrawsAWord = 10;  // 6 bits each
  std::string payload(size, '\0');
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (i % kDrawsAWord == 0) word = rng.next();
    payload[i] = kAlphabet[word & 63U];
    word >>= 6U;
  }
  return payload;
}

Message Workload::message(std::uint64_t n) const {
  Message message;
  message.id = fmt::format("o-{:06}", n + 1);
  message.key = fmt::format("k-{}", n % keys_);
  message.seq = static_cast<std::int64_t>(n / keys_) + 1;
  Rng rng = rng_.fork(message.id);
  message.payload = random_payload(rng, payload_size_);
  message.digest = digest_of(message.payload);
  return message;
}

}  // namespace stormproof::sources
