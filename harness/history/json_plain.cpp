#include "harness/history/json_plain.h"

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
      std::string_view name;
      skip_space();
      if (!text(name) || !take(':')) return false;
      skip_space();
      if (at_ == end_ || !field(name)) return false;
    } while (take(','));
    if (!take('}')) return false;
    skip_space();
    if (at_ != end_ && *at_ == '\r') ++at_;
    return at_ == end_ && complete();
  }

 private:
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
    if (at_ != end_ && std::strchr(",} \t\r", *at_) == nullptr) return false;
    out = {start, static_cast<std::size_t>(at_ - start)};
    return true;
  }
  bool digits() {
    const char* const start = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != start;
  }
  bool text_or_number(std::string_view& out) { return *at_ == '"' ? text(out) : number(out); }

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
    std::string_view text;
    if (!number(text) || text.front() == '-') return false;
    std::int64_t whole = 0;
    std::size_t i = 0;
    for (; i < text.size() && text[i] != '.'; ++i) whole = whole * 10 + (text[i] - '0');
    if (i > 9) return false;
    std::int64_t fraction = 0;
    std::int64_t unit = 100'000'000;
    for (++i; i < text.size() && unit > 0; ++i, unit /= 10) fraction += (text[i] - '0') * unit;
    event_.t = Nanos(whole * 1'000'000'000 + fraction);
    return true;
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
    std::string_view word;
    if (!text(word)) return false;
    const auto is = [&](const char* name, EventType type) {
      event_.type = type;
      typed_ = word == name;
      return typed_;
    };
    switch (word.size()) {
      case 2: return is("ok", EventType::ok);
      case 4: return word[0] == 'f' ? is("fail", EventType::fail) : is("info", EventType::info);
      case 6: return word[0] == 'e' ? is("effect", EventType::effect) : is("invoke", EventType::invoke);
      default: return false;
    }
  }

  bool complete() const { return typed_ && !event_.id.empty(); }

  const char* at_;
  const char* const end_;
  EventView& event_;
  bool typed_ = false;
};

}  // namespace

bool parse_plain_json(std::string_view line, EventView& event) { return PlainLine(line, event).parse(); }

}  // namespace stormproof
