/// Text lines of a file or pipe, in bounded memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/history/byte_window.h"

namespace stormproof {

class LineReader {
 public:
  static constexpr std::size_t kLongest = 1024 * 1024;

  explicit LineReader(ByteWindow in) : in_(std::move(in)) {}

  struct Line {
    std::string_view text;    ///< without its end (LF or CR LF) and a byte order mark; valid until the next call
    std::uint64_t bytes = 0;  ///< with its end
    bool terminated = true;   ///< false: the file stops in it
    bool too_long = false;    ///< longer than kLongest; `text` is empty
  };
  /// False at the end of the file.
  bool next(Line& line);
  /// Of the line that `next` gave last, from 1.
  std::uint64_t number() const { return number_; }
  int error() const { return in_.error(); }

 private:
  void skip_long(Line& line);

  ByteWindow in_;
  std::size_t done_ = 0;  // bytes of the line given last, to be consumed by the next call
  std::uint64_t number_ = 0;
};

}  // namespace stormproof
