/// One event as bytes inside a block of the binary history. Nothing here knows files or threads.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "harness/model/event.h"

namespace stormproof {

/// Fixed-width little-endian numbers.
template <class T>
void store_le(unsigned char* to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<unsigned char>(value >> (8 * i));
}
template <class T>
T load_le(const unsigned char* from) {
  T value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, from, sizeof(T));
  } else {
    for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | (static_cast<T>(from[i]) << (8 * i)));
  }
  return value;
}

/// `text` itself when it is at most kMaxText long; otherwise its beginning and a hash of the whole, kept in `storage`,
/// so that two different long ids stay different.
std::string_view shorten(std::string_view text, std::string& storage);

/// How many bytes encode_event may need for it. Texts must be shortened already.
std::size_t encoded_bound(const EventView& event);

/// Appends one record; `previous` is the time of the record before it in the block (or the block's base time) and must
/// not be later than event.t. Returns the end of what was written.
unsigned char* encode_event(const EventView& event, Nanos previous, unsigned char* to);

/// Reads one record from [at, end) and moves `at` behind it. `previous` is advanced to the record's time. The texts of
/// `event` point into the buffer. False: malformed; `at` is then unchanged.
/// `known` is false for a well-formed record of a type this version does not know.
bool decode_event(const unsigned char*& at, const unsigned char* end, Nanos& previous, EventView& event, bool& known);

}  // namespace stormproof
