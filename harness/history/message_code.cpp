#include "harness/history/message_code.h"

#include <array>
#include <cstring>

namespace stormproof {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::size_t kMaxDigits = 15;
constexpr std::size_t kShortPrefix = 7;
constexpr std::size_t kLongPrefix = 32;

std::uint64_t fold(std::uint64_t x, std::uint64_t y) {
  const Wide product = static_cast<Wide>(x) * y;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t load64(const char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, 8);
  return value;
}

/// Up to 16 bytes as two words. Together with the length they are the text.
void load_tail(const char* at, std::size_t size, std::uint64_t& x, std::uint64_t& y) {
  if (size >= 8) {
    x = load64(at);
    y = load64(at + size - 8);
    return;
  }
  x = y = 0;
  std::memcpy(&x, at, size);
}

MessageCode hash(std::string_view text) {
  constexpr std::uint64_t kA = 0x9E3779B97F4A7C15U;
  constexpr std::uint64_t kB = 0xC2B2AE3D27D4EB4FU;
  constexpr std::uint64_t kC = 0x165667B19E3779F9U;
  constexpr std::uint64_t kD = 0xD6E8FEB86659FD93U;
  std::uint64_t low = kA ^ text.size();
  std::uint64_t high = kC + text.size();
  const char* at = text.data();
  std::size_t left = text.size();
  const auto mix = [&](std::uint64_t x, std::uint64_t y) {
    low = fold(x ^ kB, y ^ low);
    high = fold(y ^ kD, x ^ high);
  };
  for (; left > 16; left -= 16, at += 16) mix(load64(at), load64(at + 8));
  std::uint64_t x = 0;
  std::uint64_t y = 0;
  if (left > 0) load_tail(at, left, x, y);
  mix(x, y);
  return {fold(low ^ kD, high ^ kA), fold(high ^ kB, low + kC) & ~std::uint64_t{0xFF}};
}

MessageCode hash_wide(IdForm form, const unsigned char* id) {
  constexpr std::uint64_t kE = 0xA0761D6478BD642FU;
  constexpr std::uint64_t kF = 0xE7037ED1A0B428DBU;
  std::uint64_t x = 0;
  std::uint64_t y = 0;
  std::memcpy(&x, id, 8);
  std::memcpy(&y, id + 8, 8);
  x += static_cast<std::uint64_t>(form);
  const std::uint64_t low = fold(x ^ kE, y ^ kF);
  const std::uint64_t high = fold(y + kE, x + kF);
  return {fold(low ^ kF, high ^ kE), fold(high ^ kF, low + kE) & ~std::uint64_t{0xFF}};
}

/// One of the 16 hex digits is '1' to '9'.
bool has_digit(const unsigned char* bytes) {
  constexpr std::uint64_t kLow = 0x0F0F0F0F0F0F0F0FU;
  constexpr std::uint64_t kCarry = 0x1010101010101010U;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, 8);
  // Each nibble n in a byte of its own: 15 - n + 10 reaches 16 up to 9, n + 15 from 1 on.
  const auto digits = [](std::uint64_t nibbles) {
    const std::uint64_t at_most_9 = (nibbles ^ kLow) + 0x0A0A0A0A0A0A0A0AU;
    return at_most_9 & (nibbles + kLow) & kCarry;
  };
  return (digits(word & kLow) | digits((word >> 4U) & kLow)) != 0;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool zeros_behind_no_digits(std::string_view prefix) {
  while (!prefix.empty() && prefix.back() == '0') prefix.remove_suffix(1);
  for (const char c : prefix) {
    if (is_digit(c)) return false;
  }
  return true;
}

/// Where the number begins: behind the zeros that lead it, but for the last digit. text.size() when there is none.
std::size_t number_start(std::string_view text) {
  std::size_t start = text.size();
  while (start > 0 && is_digit(text[start - 1])) --start;
  while (start + 1 < text.size() && text[start] == '0') ++start;
  return start;
}

std::uint64_t number_in(std::string_view digits) {
  std::uint64_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<unsigned>(c - '0');
  return number;
}

std::optional<std::uint64_t> prefix_bits(std::string_view prefix) {
  std::uint64_t bits = 0;
  if (prefix.size() <= kShortPrefix) {
    for (std::size_t i = 0; i < prefix.size(); ++i) {
      if (prefix[i] == '\0') return std::nullopt;
      bits |= std::uint64_t{static_cast<unsigned char>(prefix[i])} << (8 * i);
    }
    return (bits << MessageCode::kUpperShift) | MessageCode::kSplit;
  }
  if (prefix.size() > kLongPrefix || !zeros_behind_no_digits(prefix)) return std::nullopt;
  return hash(prefix).b | MessageCode::kSplit;
}

}  // namespace

std::optional<SplitId> split_id(std::string_view id) {
  const std::size_t start = number_start(id);
  if (start == id.size() || id.size() - start > kMaxDigits) return std::nullopt;
  return SplitId{id.substr(0, start), number_in(id.substr(start))};
}

MessageCode code_of(std::string_view id) {
  const std::size_t start = number_start(id);
  if (start != id.size() && id.size() - start <= kMaxDigits) {
    if (const auto b = prefix_bits(id.substr(0, start))) return {number_in(id.substr(start)), *b};
  }
  if (const auto form = wide_form(id.size())) {
    WideId wide{};
    if (parse_wide_id(id, *form, wide.data())) return hash_wide(*form, wide.data());
  }
  return hash(id);
}

MessageCode code_of_wide(IdForm form, const unsigned char* id) {
  // A digit this far in front stands in the prefix, where a split id has none but zeros.
  static_assert(2 * kWideIdBytes - kMaxDigits > 16 && kShortPrefix < 16);
  if (has_digit(id)) return hash_wide(form, id);
  std::array<char, 40> text{};
  return code_of(wide_id_text(form, id, text.data()));
}

std::optional<std::uint64_t> code_of_prefix(std::string_view prefix) {
  std::string_view without_zeros = prefix;
  while (!without_zeros.empty() && without_zeros.back() == '0') without_zeros.remove_suffix(1);
  if (!without_zeros.empty() && is_digit(without_zeros.back())) return std::nullopt;
  return prefix_bits(prefix);
}

}  // namespace stormproof
