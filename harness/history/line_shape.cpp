#include "harness/history/line_shape.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace stormproof {

namespace {

constexpr std::array<std::uint64_t, 10> kPowers{1,       10,        100,        1'000,       10'000,
                                                100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// How many of the next 8 bytes are digits before the first that is none, and their value.
unsigned digits8(const char* at, std::uint64_t& value) {
  constexpr std::uint64_t kHigh = 0x8080808080808080U;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, 8);
  bytes ^= 0x3030303030303030U;
  const std::uint64_t others = ((bytes + 0x7676767676767676U) | bytes) & kHigh;
  const unsigned count = others == 0 ? 8 : static_cast<unsigned>(__builtin_ctzll(others)) / 8;
  if (count == 0) return 0;
  bytes <<= 64 - 8 * count;
  bytes = bytes * 10 + (bytes >> 8U);
  constexpr std::uint64_t kPair = 0x000000FF000000FFU;
  value = ((bytes & kPair) * 0x000F424000000064U + ((bytes >> 16U) & kPair) * 0x0000271000000001U) >> 32U;
  return count;
}

/// A whole number of at most 15 digits without leading zeros; false: something else.
bool take_number(const char*& at, std::uint64_t& value) {
  unsigned count = digits8(at, value);
  if (count == 0 || (*at == '0' && count > 1)) return false;
  if (count == 8) {
    std::uint64_t rest = 0;
    const unsigned more = digits8(at + 8, rest);
    if (more == 8) return false;
    value = value * kPowers[more] + (more == 0 ? 0 : rest);
    count += more;
  }
  at += count;
  return true;
}

/// Seconds with at most 9 digits on either side of the point.
bool take_time(const char*& at, std::int64_t& t) {
  std::uint64_t value = 0;
  const unsigned whole = digits8(at, value);
  if (whole == 0 || whole == 8) return false;
  at += whole;
  unsigned decimals = 0;
  if (*at == '.') {
    std::uint64_t fraction = 0;
    decimals = digits8(++at, fraction);
    if (decimals == 0) return false;
    at += decimals;
    value = value * kPowers[decimals] + fraction;
    if (decimals == 8 && is_digit(*at)) {
      value = value * 10 + static_cast<unsigned>(*at++ - '0');
      ++decimals;
      if (is_digit(*at)) return false;
    }
  }
  t = static_cast<std::int64_t>(value * kPowers[9 - decimals]);
  return true;
}

/// On to the quote that ends the text. False at a backslash, at the end of the line or of everything.
bool to_quote(const char*& at, const char* end) {
#if defined(__SSE2__)
  while (at < end) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto is = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    const auto found =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(is('"'), is('\\')), is('\n'))));
    if (found != 0) {
      at += __builtin_ctz(found);
      return at < end && *at == '"';
    }
    at += 16;
  }
  return false;
#else
  while (at < end && *at != '"' && *at != '\\' && *at != '\n') ++at;
  return at < end && *at == '"';
#endif
}

struct TypeWord {
  std::uint64_t text = 0;  ///< with the quote behind it
  unsigned size = 0;       ///< without
  EventType type = EventType::note;
};

/// No two of the five words are alike in the first and third character, and so they have a place each.
constexpr std::size_t place_of(std::uint64_t text) { return (text ^ (text >> 20U)) & 7U; }

constexpr std::array<TypeWord, 8> make_type_words() {
  std::array<TypeWord, 8> words{};
  constexpr std::pair<std::string_view, EventType> kWords[] = {{"invoke\"", EventType::invoke},
                                                               {"ok\"", EventType::ok},
                                                               {"fail\"", EventType::fail},
                                                               {"info\"", EventType::info},
                                                               {"effect\"", EventType::effect}};
  for (const auto& [text, type] : kWords) {
    TypeWord word{0, static_cast<unsigned>(text.size() - 1), type};
    for (std::size_t i = 0; i < text.size(); ++i)
      word.text |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    words[place_of(word.text)] = word;
  }
  return words;
}
constexpr std::array<TypeWord, 8> kTypeWords = make_type_words();
static_assert(std::count_if(kTypeWords.begin(), kTypeWords.end(), [](const TypeWord& w) { return w.size > 0; }) == 5);

/// One of the five words and the quote behind it; `at` ends before the quote. Which it is cannot be predicted: no
/// branch.
bool take_type(const char*& at, EventType& type) {
  std::uint64_t text = 0;
  std::memcpy(&text, at, 8);
  const TypeWord& word = kTypeWords[place_of(text)];
  type = word.type;
  at += word.size;
  return ((text ^ word.text) << (56 - 8 * word.size)) == 0 && word.size > 0;
}

}  // namespace

MessageCode CodeMemo::of(std::string_view id) {
  if (const auto form = wide_form(id.size())) {
    WideId wide{};
    if (parse_wide_id(id, *form, wide.data())) return code_of_wide(*form, wide.data());
  }
  constexpr std::size_t kMostDigits = 15;
  if (b_ != 0 && id.size() > size_ && id.size() - size_ <= kMostDigits &&
      std::memcmp(id.data(), prefix_.data(), size_) == 0) {
    // The text has a quote behind it, so that digits8 may read on.
    const char* at = id.data() + size_;
    std::uint64_t number = 0;
    if (take_number(at, number) && at == id.data() + id.size()) return {number, b_};
  }
  return learn(id);
}

MessageCode CodeMemo::learn(std::string_view id) {
  const MessageCode code = code_of(id);
  const auto split = split_id(id);
  b_ = 0;
  if (code.split() && split && split->prefix.size() <= prefix_.size()) {
    b_ = code.b;
    size_ = split->prefix.copy(prefix_.data(), prefix_.size());
  }
  return code;
}

bool LineShapes::take(Value value, const char*& at, const char* end, Found& found) {
  const char* const start = at;
  switch (value) {
    case Value::none: return true;
    case Value::time: found.timed = true; return take_time(at, found.t);
    case Value::type: return take_type(at, found.type);
    case Value::id_number: {
      // As the text it is: behind no prefix.
      constexpr std::uint64_t kNoPrefix = MessageCode::kSplit;
      found.code.b = kNoPrefix;
      return take_number(at, found.code.a);
    }
    case Value::id_text:
      if (!to_quote(at, end) || at == start) return false;
      found.code = codes_.of({start, static_cast<std::size_t>(at - start)});
      return true;
    case Value::sequence: {
      std::uint64_t ignored = 0;
      found.seq = true;
      if (*at == '-') ++at;
      return take_number(at, ignored);
    }
    case Value::digest:
      if (!to_quote(at, end)) return false;
      found.digest = at != start;
      return true;
    case Value::detail:
      if (!to_quote(at, end)) return false;
      found.witness = std::string_view(start, static_cast<std::size_t>(at - start)).substr(0, 8) == "witness=";
      return true;
    case Value::text: return to_quote(at, end);
    case Value::number: {
      std::uint64_t ignored = 0;
      return take_number(at, ignored);
    }
  }
  return false;
}

inline bool LineShapes::Part::starts(const char* at) const {
#if defined(__SSE2__)
  const __m128i same = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)),
                                      _mm_load_si128(reinterpret_cast<const __m128i*>(literal.data())));
  return (static_cast<std::uint32_t>(_mm_movemask_epi8(same)) & mask) == mask;
#else
  return std::memcmp(at, literal.data(), size) == 0;
#endif
}

bool LineShapes::match(const Shape& shape, const char*& at, const char* end, Found& found) {
  const char* now = at;
  // One by one: as a whole they would be copied from memory that has just been written in parts.
  found.timed = found.seq = found.digest = found.witness = false;
  for (const Part& part : shape) {
    if (!part.starts(now)) return false;
    now += part.size;
    if (now > end || !take(part.value, now, end, found)) return false;
  }
  if (now > end) return false;
  at = now;
  return true;
}

bool LineShapes::match(const char*& at, const char* end, Found& found) {
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    if (!match(shapes_[i], at, end, found)) continue;
    if (i > 0) std::swap(shapes_[i], shapes_[i - 1]);
    ++matched_;
    return true;
  }
  return false;
}

// ------------------------------------------------------------------------------------------------------------ learning

/// Takes a line apart that the parser has found sound: one flat object without escapes.
class LineShapes::Learner {
 public:
  explicit Learner(std::string_view line) : line_(line) {}

  std::optional<Shape> learn() {
    while (at_ < line_.size() && line_[at_] != '}') {
      const std::size_t name_at = line_.find('"', at_);
      if (name_at == std::string_view::npos) return std::nullopt;
      const std::size_t name_end = line_.find('"', name_at + 1);
      const std::string_view name = line_.substr(name_at + 1, name_end - name_at - 1);
      at_ = line_.find(':', name_end);
      if (at_ == std::string_view::npos) return std::nullopt;
      at_ = line_.find_first_not_of(" \t", at_ + 1);
      if (at_ == std::string_view::npos || !field(name)) return std::nullopt;
      while (at_ < line_.size() && line_[at_] != ',' && line_[at_] != '}') ++at_;
      if (at_ < line_.size() && line_[at_] == ',') ++at_;
    }
    literal(line_.size());
    if (!typed_ || !named_) return std::nullopt;
    return std::move(shape_);
  }

 private:
  /// What no value is, up to there.
  void literal(std::size_t until) {
    constexpr std::size_t kMost = 15;
    while (from_ < until) {
      Part& part = shape_.emplace_back();
      part.size = static_cast<std::uint32_t>(std::min(kMost, until - from_));
      part.mask = (1U << part.size) - 1;
      line_.copy(part.literal.data(), part.size, from_);
      from_ += part.size;
    }
  }

  /// False: a line like this is not worth a shape.
  bool field(std::string_view name) {
    const bool text = line_[at_] == '"';
    const std::size_t start = text ? at_ + 1 : at_;
    const std::size_t end = text ? line_.find('"', start) : line_.find_first_of(",} \t", start);
    if (end == std::string_view::npos) return false;
    at_ = text ? end + 1 : end;
    if (name == "op") return true;  // the parser has seen that it is "send"
    const auto value = value_of(name, text);
    if (!value) return false;
    literal(start);
    shape_.back().value = *value;
    from_ = end;
    return true;
  }

  std::optional<Value> value_of(std::string_view name, bool text) {
    if (name == "t") return once(timed_, !text, Value::time);
    if (name == "type") return once(typed_, text, Value::type);
    if (name == "id") return once(named_, true, text ? Value::id_text : Value::id_number);
    if (name == "seq") return once(placed_, !text, Value::sequence);
    if (name == "digest") return once(digested_, text, Value::digest);
    if (name == "detail") return once(detailed_, text, Value::detail);
    return text ? Value::text : Value::number;
  }
  /// Of a field that stands there twice the last one counts: not here.
  static std::optional<Value> once(bool& before, bool fits, Value value) {
    if (std::exchange(before, true) || !fits) return std::nullopt;
    return value;
  }

  std::string_view line_;
  Shape shape_;
  std::size_t at_ = 1;
  std::size_t from_ = 0;  // where the next literal begins
  bool timed_ = false, typed_ = false, named_ = false, placed_ = false, digested_ = false, detailed_ = false;
};

void LineShapes::learn(std::string_view line) {
  // Where each line is different, learning costs more than it gains.
  constexpr std::uint64_t kWorthIt = 16;
  if (line.empty() || line.front() != '{' || learnt_ > kShapes + matched_ / kWorthIt) return;
  ++learnt_;
  auto shape = Learner(line).learn();
  if (!shape) return;
  if (shapes_.size() == kShapes) shapes_.pop_back();
  shapes_.insert(shapes_.begin(), std::move(*shape));
}

}  // namespace stormproof
