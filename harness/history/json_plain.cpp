#include "harness/history/json_plain.h"

#include <array>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace stormproof {

namespace {

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// The first quote, backslash or end at or behind `at`.
const char* end_of_text(const char* at, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  while (at < end) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto found = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash))));
    if (found != 0) {
      at += __builtin_ctz(found);
      return at < end ? at : end;
    }
    at += 16;
  }
  return end;
#else
  while (at < end && *at != '"' && *at != '\\') ++at;
  return at;
#endif
}

class PlainLine {
 public:
  PlainLine(std::string_view line, EventView& event)
      : at_(line.data()), end_(line.data() + line.size()), event_(event) {}

  bool parse() {
    if (!take('{')) return false;
    do {
      skip_space();
      if (!usual_field() && !any_field()) return false;
    } while (take(','));
    if (!take('}')) return false;
    skip_space();
    if (at_ != end_ && *at_ == '\r') ++at_;
    return at_ == end_ && typed_ && !event_.id.empty();
  }

 private:
  template <std::size_t N>
  bool next_is(const char (&text)[N]) const {
    return static_cast<std::size_t>(end_ - at_) >= N && std::memcmp(at_, text, N - 1) == 0;
  }

  /// The usual fields as programs write them, without spaces. False with `at_` where it was: it is another field, or
  /// none that can be taken here.
  bool usual_field() {
    const char* const start = at_;
    bool taken = false;
    if (next_is("\"t\":")) {
      at_ += 4;
      taken = time();
    } else if (next_is("\"type\":\"")) {
      at_ += 7;
      taken = type();
    } else if (next_is("\"id\":")) {
      at_ += 5;
      taken = text_or_number(event_.id);
    } else if (next_is("\"by\":\"")) {
      at_ += 5;
      taken = text(event_.by);
    }
    if (!taken) at_ = start;
    return taken;
  }

  bool any_field() {
    std::string_view name;
    if (!text(name) || !take(':')) return false;
    skip_space();
    return at_ != end_ && field(name);
  }

  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool text(std::string_view& out) {
    if (at_ == end_ || *at_ != '"') return false;
    const char* const start = ++at_;
    at_ = end_of_text(start, end_);
    if (at_ == end_ || *at_ != '"') return false;
    out = {start, static_cast<std::size_t>(at_ - start)};
    ++at_;
    return true;
  }
  /// -?digits(.digits)?
  bool number(std::string_view& out) {
    const char* const start = at_;
    if (*at_ == '-') ++at_;
    if (!digits()) return false;
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    out = {start, static_cast<std::size_t>(at_ - start)};
    return ends_here();
  }
  bool ends_here() const { return at_ == end_ || *at_ == ',' || *at_ == '}' || *at_ == ' ' || *at_ == '\t'; }
  bool digits() {
    const char* const start = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != start;
  }
  bool text_or_number(std::string_view& out) { return at_ != end_ && (*at_ == '"' ? text(out) : number(out)); }

  bool field(std::string_view name) {
    std::string_view ignored;
    switch (name.size()) {
      case 1:
        if (name[0] == 't') return time();
        break;
      case 2:
        if (name == "id") return text_or_number(event_.id);
        if (name == "by") return text_or_number(event_.by);
        if (name == "op") return text(ignored) && (ignored == "send" || ignored.empty());
        break;
      case 3:
        if (name == "key") return text_or_number(event_.key);
        if (name == "seq") return sequence();
        break;
      case 4:
        if (name == "type") return type();
        break;
      case 6:
        if (name == "digest") return text_or_number(event_.digest);
        if (name == "detail") return text_or_number(event_.detail);
        break;
      default: break;
    }
    return text_or_number(ignored);
  }

  /// Up to 9 digits before the point; of the fraction nine, as parse_seconds cuts it.
  bool time() {
    constexpr std::array<std::int64_t, 10> kUnits{1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000,
                                                  10'000,        1'000,       100,        10,        1};
    std::int64_t value = 0;
    const char* const start = at_;
    for (; at_ != end_ && is_digit(*at_); ++at_) {
      if (at_ - start == 9) return false;
      value = value * 10 + (*at_ - '0');
    }
    if (at_ == start) return false;
    std::size_t decimals = 0;
    if (at_ != end_ && *at_ == '.') {
      const char* const point = at_++;
      for (; at_ != end_ && is_digit(*at_); ++at_) {
        if (decimals == 9) continue;
        value = value * 10 + (*at_ - '0');
        ++decimals;
      }
      if (at_ == point + 1) return false;
    }
    event_.t = Nanos(value * kUnits[decimals]);
    return ends_here();
  }

  bool sequence() {
    std::string_view text;
    if (*at_ == '"' || !number(text)) return false;
    const bool negative = text.front() == '-';
    if (negative) text.remove_prefix(1);
    if (text.size() > 18) return false;
    std::int64_t value = 0;
    for (const char c : text) {
      if (c == '.') return false;
      value = value * 10 + (c - '0');
    }
    event_.seq = negative ? -value : value;
    return true;
  }

  bool type() {
    if (next_is("\"invoke\"")) return type_is(EventType::invoke, 8);
    if (next_is("\"ok\"")) return type_is(EventType::ok, 4);
    if (next_is("\"effect\"")) return type_is(EventType::effect, 8);
    if (next_is("\"info\"")) return type_is(EventType::info, 6);
    return next_is("\"fail\"") && type_is(EventType::fail, 6);
  }
  bool type_is(EventType type, std::ptrdiff_t size) {
    event_.type = type;
    at_ += size;
    typed_ = true;
    return true;
  }

  const char* at_;
  const char* const end_;
  EventView& event_;
  bool typed_ = false;
};

}  // namespace

bool parse_plain_json(std::string_view line, EventView& event) { return PlainLine(line, event).parse(); }

}  // namespace stormproof
