/// A scanner for one flat JSON object in memory: no tree, no recursion, no allocation but for escaped text.
#pragma once

#include <string>
#include <string_view>

namespace stormproof {

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  enum class Kind { text, number, literal, nested, bad };

  void skip_space();
  /// Consumes `c` if it comes next (after white space).
  bool take(char c);
  bool at_end();
  /// A string; `out` borrows from the input, or from `storage` when it had escapes. `storage` must have room reserved
  /// for the whole line: earlier results point into it.
  bool string(std::string_view& out, std::string& storage);
  /// Any value. For text `out` is the unescaped text, otherwise the value as written.
  Kind value(std::string_view& out, std::string& storage);
  std::size_t position() const { return at_; }

 private:
  bool escape(std::string& storage);
  bool hex4(unsigned& value);
  bool skip_nested();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace stormproof
