#include "harness/explore/toml_statements.h"

namespace stormproof {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Follows strings and brackets through the lines of one statement.
class Nesting {
 public:
  bool open() const { return depth_ > 0 || !quote_.empty(); }

  void feed(std::string_view line) {
    for (std::size_t i = 0; i < line.size();) {
      if (quote_.empty()) {
        if (line[i] == '#') return;
        i += outside(line.substr(i));
      } else {
        i += inside(line.substr(i));
      }
    }
    if (quote_.size() == 1) quote_.clear();  // a plain string ends with its line
  }

 private:
  std::size_t outside(std::string_view rest) {
    const char c = rest.front();
    if (c == '[' || c == '{') ++depth_;
    if (c == ']' || c == '}') --depth_;
    if (c != '"' && c != '\'') return 1;
    const std::string three(3, c);
    quote_ = rest.starts_with(three) ? three : std::string(1, c);
    return quote_.size();
  }

  std::size_t inside(std::string_view rest) {
    if (rest.front() == '\\' && quote_.front() == '"') return 2;
    if (!rest.starts_with(quote_)) return 1;
    const std::size_t length = quote_.size();
    quote_.clear();
    return length;
  }

  int depth_ = 0;
  std::string quote_;
};

std::string header_name(std::string_view line) {
  line = trimmed(line);
  while (line.starts_with('[')) line.remove_prefix(1);
  return std::string(trimmed(line.substr(0, line.find(']'))));
}

}  // namespace

std::vector<TomlStatement> toml_statements(std::string_view text) {
  std::vector<TomlStatement> statements;
  std::string section;
  Nesting nesting;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end == std::string_view::npos ? text.size() : end + 1);
    text.remove_prefix(line.size());
    if (nesting.open()) {
      nesting.feed(line);
      statements.back().text += line;
      continue;
    }
    const std::string_view words = trimmed(line);
    TomlStatement statement;
    statement.text = line;
    if (words.starts_with('[')) {
      statement.kind = TomlStatement::Kind::header;
      section = header_name(words);
    } else if (!words.empty() && words.front() != '#') {
      statement.kind = TomlStatement::Kind::assignment;
      statement.key = trimmed(words.substr(0, words.find('=')));
      nesting.feed(line);
    }
    statement.section = section;
    statements.push_back(std::move(statement));
  }
  return statements;
}

}  // namespace stormproof
