#include "harness/history/id_scan.h"

#include <cstring>
#include <optional>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace stormproof {

namespace {

constexpr std::string_view kIdKey = "\"id\"";

/// The first backslash or `"id"` at or behind `at`; `end` when there is none.
const char* next_place(const char* at, const char* end) {
#if defined(__SSE2__)
  const auto equal = [](const char* from, char c) {
    return _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)), _mm_set1_epi8(c));
  };
  // Reads up to 3 bytes further than it looks: within the chunk's slack.
  for (; end - at >= static_cast<std::ptrdiff_t>(LineChunk::kSlack); at += LineChunk::kSlack) {
    const __m128i key = _mm_and_si128(_mm_and_si128(equal(at, '"'), equal(at + 1, 'i')),
                                      _mm_and_si128(equal(at + 2, 'd'), equal(at + 3, '"')));
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(key, equal(at, '\\'))));
    if (found != 0) return at + __builtin_ctz(found);
  }
#endif
  for (; at != end; ++at) {
    if (*at == '\\') return at;
    if (*at == '"' && std::string_view(at, static_cast<std::size_t>(end - at)).substr(0, kIdKey.size()) == kIdKey) {
      return at;
    }
  }
  return end;
}

void skip_space(const char*& at, const char* end) {
  while (at != end && (*at == ' ' || *at == '\t' || *at == '\r')) ++at;
}

/// The text or number behind the key; nullopt where the quotes were no key.
std::optional<std::string_view> value_at(const char* at, const char* end) {
  skip_space(at, end);
  if (at == end || *at != ':') return std::nullopt;
  skip_space(++at, end);
  if (at == end) return std::nullopt;
  const bool text = *at == '"';
  const char* const start = text ? ++at : at;
  while (at != end && (text ? *at != '"' : std::strchr(",}] \t\r\n", *at) == nullptr)) ++at;
  return std::string_view(start, static_cast<std::size_t>(at - start));
}

}  // namespace

bool may_mention(const LineChunk& chunk, const std::function<bool(const MessageCode&)>& wanted) {
  const std::string_view text = chunk.text();
  const char* const end = text.data() + text.size();
  for (const char* at = next_place(text.data(), end); at != end; at = next_place(at, end)) {
    if (*at == '\\') return true;
    at += kIdKey.size();
    const auto id = value_at(at, end);
    if (id && wanted(code_of(*id))) return true;
  }
  return false;
}

}  // namespace stormproof
