/// A message id as two numbers, the same wherever it was read: what the checker keeps in place of the text.
///   split     the text ends in a decimal number and what stands before it is short, as in "17", "o-17", "message-17":
///             `a` is the number (below 10^15), the prefix fills the upper 56 bits of `b`. Such ids can be bits in a
///             page.
///   hashed    anything else: 120 bits of a hash. Two of 10^9 ids share one with a chance of 10^-18.
/// A prefix of up to 7 bytes is in `b` as it is; a longer one (no digits but zeros at its end) as a hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "harness/history/wide_id.h"

namespace stormproof {

struct MessageCode {
  static constexpr std::uint64_t kSplit = 8;  ///< bit of `b`; the three below it are free for the type of an event
  static constexpr unsigned kUpperShift = 8;  ///< of the 56 bits in `b`
  static constexpr std::uint64_t kNumberEnd = 1'000'000'000'000'000;

  std::uint64_t a = 0;
  std::uint64_t b = 0;

  bool split() const { return (b & kSplit) != 0; }
  bool operator==(const MessageCode&) const = default;
};

MessageCode code_of(std::string_view id);
/// The same for the text that these 16 bytes stand for, mostly without making it.
MessageCode code_of_wide(IdForm form, const unsigned char* id);

/// `b` of the ids that consist of this prefix and a number without leading zeros; nullopt where such ids are hashed or
/// belong to another prefix ("m-1" and 7 is "m-" and 17).
std::optional<std::uint64_t> code_of_prefix(std::string_view prefix);

/// An id's prefix and number; nullopt when it is not a split one.
struct SplitId {
  std::string_view prefix;
  std::uint64_t number = 0;
};
std::optional<SplitId> split_id(std::string_view id);

/// A bijection that spreads neighbouring numbers over all 64 bits.
inline std::uint64_t spread(std::uint64_t value) {
  value = (value ^ (value >> 32U)) * 0xD6E8FEB86659FD93U;
  value = (value ^ (value >> 32U)) * 0xD6E8FEB86659FD93U;
  return value ^ (value >> 32U);
}

}  // namespace stormproof
