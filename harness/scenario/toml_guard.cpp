#include "harness/scenario/toml_guard.h"

#include <fmt/core.h>

#include "harness/base/text.h"
#include "harness/scenario/toml_reader.h"

namespace stormproof {

namespace {

/// Where a scan of TOML text stands: enough of its lexical rules to tell strings and comments from structure.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return at_ >= text_.size(); }
  SourceRange where() const { return {line_, column_, line_, column_ + 1}; }

  /// The next character of structure; strings and comments are passed over and yield ' '.
  char next() {
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
      skip_string(c);
      return ' ';
    }
    if (c == '#') {
      while (!done() && text_[at_] != '\n') advance();
      return ' ';
    }
    advance();
    return c;
  }

 private:
  void advance() {
    if (text_[at_] == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(text_[at_]) & 0xC0U) != 0x80U) {
      ++column_;
    }
    ++at_;
  }
  void skip_string(char quote) {
    const std::string triple(3, quote);
    const bool multi_line = text_.substr(at_).starts_with(triple);
    for (int i = 0; i < (multi_line ? 3 : 1); ++i) advance();
    while (!done()) {
      if (!multi_line && text_[at_] == '\n') return;  // unterminated: toml++ will say so
      if (text_[at_] == '\\' && quote == '"') {
        advance();
        if (!done()) advance();
        continue;
      }
      if (multi_line && text_.substr(at_).starts_with(triple)) {
        for (int i = 0; i < 3; ++i) advance();
        return;
      }
      const bool closes = !multi_line && text_[at_] == quote;
      advance();
      if (closes) return;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

bool check_nesting(std::string_view text, DiagnosticSink& sink) {
  Scanner scanner(text);
  int depth = 0;
  int dots = 0;
  while (!scanner.done()) {
    const SourceRange where = scanner.where();
    const char c = scanner.next();
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == '.') ++dots;
    if (c == '\n' || c == '=' || c == ',' || c == '{' || c == '[') dots = 0;
    if (depth > kNestingMax || dots > kNestingMax) {
      sink.report(where, fmt::format("nested more than {} levels deep", kNestingMax));
      return false;
    }
  }
  return true;
}

}  // namespace

bool guard_toml(std::string_view text, DiagnosticSink& sink) {
  std::string plain(text);
  for (char& c : plain) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  if (const std::string shown = printable(plain); shown != plain) {
    std::size_t at = 0;
    while (shown[at] == plain[at]) ++at;
    sink.report(
        {}, fmt::format("this is not a text file: byte {} is 0x{:02x}", at + 1, static_cast<unsigned char>(plain[at])),
        "a scenario is TOML in UTF-8; `stormproof new NAME` writes one to start from");
    return false;
  }
  return check_nesting(text, sink);
}

}  // namespace stormproof
