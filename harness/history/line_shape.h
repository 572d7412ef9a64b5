/// JSON lines in runs: most lines of a history have the same fields in the same order as one before them, so that only
/// the values need to be looked at. A shape is learnt from a line the parser has taken; what does not fit goes there.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/history/message_code.h"
#include "harness/model/event.h"

namespace stormproof {

/// code_of for ids that come one after the other: mostly numbers behind the same prefix.
class CodeMemo {
 public:
  MessageCode of(std::string_view id);

 private:
  [[gnu::noinline]] MessageCode learn(std::string_view id);
  std::array<char, 32> prefix_{};
  std::size_t size_ = 0;
  std::uint64_t b_ = 0;  ///< of the prefix's code; 0: none is known
};

class LineShapes {
 public:
  /// Bytes behind the text that may be read, whatever they are.
  static constexpr std::size_t kSlack = 16;

  /// What the line says of an operation or effect, as far as Batch::add asks.
  struct Found {
    std::int64_t t = 0;  ///< only if `timed`
    bool timed = false;
    EventType type = EventType::note;
    MessageCode code;
    bool seq = false;
    bool digest = false;
    bool witness = false;  ///< the detail begins with "witness="
  };

  /// The line that begins at `at`: true with `at` behind its line feed when it has a known shape, false with `at` where
  /// it was otherwise.
  bool match(const char*& at, const char* end, Found& found);
  /// `line` has its line feed, and parse_plain_json has made an operation or effect of it.
  void learn(std::string_view line);

 private:
  enum class Value : std::uint8_t { none, time, type, id_number, id_text, sequence, digest, detail, text, number };

  /// Bytes that every line has, then a value.
  struct Part {
    alignas(16) std::array<char, 16> literal{};
    std::uint32_t size = 0;
    std::uint32_t mask = 0;  ///< a bit for each byte of it
    Value value = Value::none;

    bool starts(const char* at) const;
  };
  using Shape = std::vector<Part>;
  class Learner;

  /// Everything inlined: that is a third of the time of a line.
  [[gnu::flatten]] bool match(const Shape& shape, const char*& at, const char* end, Found& found);
  bool take(Value value, const char*& at, const char* end, Found& found);

  static constexpr std::size_t kShapes = 6;
  std::vector<Shape> shapes_;  // those that fit often come first
  std::uint64_t learnt_ = 0;
  std::uint64_t matched_ = 0;
  CodeMemo codes_;
};

}  // namespace stormproof
