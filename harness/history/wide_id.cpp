#include "harness/history/wide_id.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace stormproof {

namespace {

constexpr std::size_t kDigits = 2 * kWideIdBytes;

#if defined(__SSE2__)

/// 16 hex digits to 8 bytes. False when one is none.
bool parse_digits(const char* from, unsigned char* to) {
  const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const auto between = [&](char low, char high) {
    return _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8(static_cast<char>(low - 1))),
                         _mm_cmplt_epi8(text, _mm_set1_epi8(static_cast<char>(high + 1))));
  };
  const __m128i digit = between('0', '9');
  const __m128i letter = between('a', 'f');
  if (_mm_movemask_epi8(_mm_or_si128(digit, letter)) != 0xFFFF) return false;
  const __m128i less =
      _mm_or_si128(_mm_and_si128(digit, _mm_set1_epi8('0')), _mm_and_si128(letter, _mm_set1_epi8('a' - 10)));
  const __m128i nibbles = _mm_sub_epi8(text, less);
  const __m128i high = _mm_and_si128(nibbles, _mm_set1_epi16(0x000F));
  const __m128i bytes = _mm_or_si128(_mm_slli_epi16(high, 4), _mm_srli_epi16(nibbles, 8));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(bytes, bytes));
  return true;
}

void digits_text(const unsigned char* id, char* to) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(id));
  const __m128i low = _mm_and_si128(bytes, _mm_set1_epi8(15));
  const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(15));
  const auto digits = [](__m128i nibbles) {
    const __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));
    return _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')), letter);
  };
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), digits(_mm_unpacklo_epi8(high, low)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 16), digits(_mm_unpackhi_epi8(high, low)));
}

#else

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool parse_digits(const char* from, unsigned char* to) {
  for (std::size_t i = 0; i < kWideIdBytes / 2; ++i) {
    const int high = nibble(from[2 * i]);
    const int low = nibble(from[2 * i + 1]);
    if ((high | low) < 0) return false;
    to[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

void digits_text(const unsigned char* id, char* to) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t i = 0; i < kWideIdBytes; ++i) {
    to[2 * i] = kHex[id[i] >> 4U];
    to[2 * i + 1] = kHex[id[i] & 15U];
  }
}

#endif

/// 8-4-4-4-12 without its dashes; false where they are not.
bool without_dashes(std::string_view text, char* to) {
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  std::memcpy(to, text.data(), 8);
  std::memcpy(to + 8, text.data() + 9, 4);
  std::memcpy(to + 12, text.data() + 14, 4);
  std::memcpy(to + 16, text.data() + 19, 4);
  std::memcpy(to + 20, text.data() + 24, 12);
  return true;
}

}  // namespace

bool parse_wide_id(std::string_view text, IdForm form, unsigned char* id) {
  std::array<char, kDigits> plain{};
  const char* digits = text.data();
  if (form == IdForm::uuid) {
    if (!without_dashes(text, plain.data())) return false;
    digits = plain.data();
  }
  return parse_digits(digits, id) && parse_digits(digits + kDigits / 2, id + kWideIdBytes / 2);
}

std::string_view wide_id_text(IdForm form, const unsigned char* id, char* to) {
  digits_text(id, to);
  if (form == IdForm::hex) return {to, kDigits};
  // From the back: 8-4-4-4-12.
  std::memmove(to + 24, to + 20, 12);
  std::memmove(to + 19, to + 16, 4);
  std::memmove(to + 14, to + 12, 4);
  std::memmove(to + 9, to + 8, 4);
  to[8] = to[13] = to[18] = to[23] = '-';
  return {to, kDigits + 4};
}

}  // namespace stormproof
