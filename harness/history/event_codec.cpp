#include "harness/history/event_codec.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "harness/base/rng.h"
#include "harness/history/history_format.h"

namespace stormproof {

namespace f = history_format;

namespace {

unsigned char* put_varint(unsigned char* to, std::uint64_t value) {
  while (value >= 0x80U) {
    *to++ = static_cast<unsigned char>(value | 0x80U);
    value >>= 7U;
  }
  *to++ = static_cast<unsigned char>(value);
  return to;
}

bool get_varint(const unsigned char*& at, const unsigned char* end, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at == end) return false;
    const std::uint64_t byte = *at++;
    if (shift == 63 && byte > 1) return false;
    value |= (byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) return true;
  }
  return false;
}

unsigned char* put_text(unsigned char* to, std::string_view text) {
  to = put_varint(to, text.size());
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

bool get_text(const unsigned char*& at, const unsigned char* end, std::string_view& text) {
  std::uint64_t size = 0;
  if (!get_varint(at, end, size) || size > static_cast<std::uint64_t>(end - at)) return false;
  text = {reinterpret_cast<const char*>(at), static_cast<std::size_t>(size)};
  at += size;
  return true;
}

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

bool decode_fields(const unsigned char*& at, const unsigned char* end, std::uint8_t fields, EventView& event) {
  if ((fields & f::kHasId) != 0 && !get_text(at, end, event.id)) return false;
  if ((fields & f::kHasKey) != 0 && !get_text(at, end, event.key)) return false;
  if ((fields & f::kHasSeq) != 0) {
    std::uint64_t raw = 0;
    if (!get_varint(at, end, raw)) return false;
    event.seq = unzigzag(raw);
  }
  if ((fields & f::kHasDigest) != 0 && !get_text(at, end, event.digest)) return false;
  if ((fields & f::kHasBy) != 0 && !get_text(at, end, event.by)) return false;
  return (fields & f::kHasDetail) == 0 || get_text(at, end, event.detail);
}

}  // namespace

std::string_view shorten(std::string_view text, std::string& storage) {
  if (text.size() <= f::kMaxText) return text;
  std::array<char, 18> hash{};
  std::snprintf(hash.data(), hash.size(), "#%016llx", static_cast<unsigned long long>(hash64(text)));
  storage.assign(text.substr(0, f::kMaxText - (hash.size() - 1)));
  storage.append(hash.data());
  return storage;
}

std::size_t encoded_bound(const EventView& event) {
  constexpr std::size_t kFixed = 2 + 2 + 10 + 10 + 5 * 3;
  return kFixed + event.id.size() + event.key.size() + event.digest.size() + event.by.size() + event.detail.size();
}

unsigned char* encode_event(const EventView& event, Nanos previous, unsigned char* to) {
  unsigned char* const start = to;
  to += 2;
  *to++ = static_cast<unsigned char>(event.type);
  unsigned char* const fields = to++;
  std::uint8_t mask = 0;
  to = put_varint(to, static_cast<std::uint64_t>((event.t - previous).count()));
  const auto text = [&](std::uint8_t bit, std::string_view value) {
    if (value.empty()) return;
    mask |= bit;
    to = put_text(to, value);
  };
  text(f::kHasId, event.id);
  text(f::kHasKey, event.key);
  if (event.seq != EventView::kNoSeq) {
    mask |= f::kHasSeq;
    to = put_varint(to, zigzag(event.seq));
  }
  text(f::kHasDigest, event.digest);
  text(f::kHasBy, event.by);
  text(f::kHasDetail, event.detail);
  *fields = mask;
  store_le(start, static_cast<std::uint16_t>(to - start - 2));
  return to;
}

bool decode_event(const unsigned char*& at, const unsigned char* end, Nanos& previous, EventView& event, bool& known) {
  if (end - at < 2) return false;
  const std::size_t size = load_le<std::uint16_t>(at);
  const unsigned char* cursor = at + 2;
  if (static_cast<std::size_t>(end - cursor) < size || size < 3) return false;
  const unsigned char* const stop = cursor + size;
  const std::uint8_t type = *cursor++;
  const std::uint8_t fields = *cursor++;
  std::uint64_t elapsed = 0;
  if (!get_varint(cursor, stop, elapsed)) return false;
  if (elapsed > static_cast<std::uint64_t>(Nanos::max().count() - std::max<std::int64_t>(previous.count(), 0))) {
    return false;
  }
  event = EventView{};
  event.t = previous + Nanos(static_cast<std::int64_t>(elapsed));
  known = type >= static_cast<std::uint8_t>(EventType::invoke) && type <= static_cast<std::uint8_t>(EventType::anomaly);
  if (known) event.type = static_cast<EventType>(type);
  // Bytes behind the fields known here are a later version's and skipped.
  if (!decode_fields(cursor, stop, fields, event)) return false;
  previous = event.t;
  at = stop;
  return true;
}

}  // namespace stormproof
