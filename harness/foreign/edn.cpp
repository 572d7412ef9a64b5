#include "harness/foreign/edn.h"

namespace stormproof {

namespace {

constexpr int kDeepest = 64;
constexpr std::string_view kEnds = " \t\r\n,()[]{}\"';";

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool value(Edn& out, int depth) {
    if (!skip() || depth > kDeepest) return false;
    const char c = text_[at_];
    if (c == '[' || c == '(') return items(out, c == '[' ? ']' : ')', Edn::Kind::list, depth);
    if (c == '{') return items(out, '}', Edn::Kind::map, depth) && out.items.size() % 2 == 0;
    if (c == '"') return string(out);
    if (c == '#') return tagged(out, depth);
    if (c == '\\') return character(out);
    return word(out);
  }
  bool at_end() { return !skip(); }
  std::size_t position() const { return at_; }

 private:
  /// To the next value; false at the end.
  bool skip() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ';') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',') {
        ++at_;
      } else {
        return true;
      }
    }
    return false;
  }

  bool items(Edn& out, char closer, Edn::Kind kind, int depth) {
    out.kind = kind;
    ++at_;
    while (skip()) {
      if (text_[at_] == closer) {
        ++at_;
        return true;
      }
      if (text_.substr(at_, 2) == "#_") {
        if (!discard(depth)) return false;
        continue;
      }
      if (!value(out.items.emplace_back(), depth + 1)) return false;
    }
    return false;
  }

  bool discard(int depth) {
    at_ += 2;
    Edn ignored;
    return value(ignored, depth + 1);
  }

  bool tagged(Edn& out, int depth) {
    if (text_.substr(at_, 2) == "#{") {
      ++at_;
      return items(out, '}', Edn::Kind::list, depth);
    }
    if (text_.substr(at_, 2) == "#_") return discard(depth) && value(out, depth + 1);
    ++at_;
    Edn tag;
    return at_ < text_.size() && word(tag) && value(out, depth + 1);
  }

  bool string(Edn& out) {
    out.kind = Edn::Kind::text;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (++at_ == text_.size()) return false;
        c = text_[at_];
        c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
      }
      out.text += c;
    }
    return false;
  }

  bool character(Edn& out) {
    out.kind = Edn::Kind::text;
    const std::size_t end = std::min(text_.find_first_of(kEnds, at_ + 2), text_.size());
    out.text = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end;
    return !out.text.empty();
  }

  bool word(Edn& out) {
    const std::size_t end = std::min(text_.find_first_of(kEnds, at_), text_.size());
    const std::string_view found = text_.substr(at_, end - at_);
    if (found.empty()) return false;
    at_ = end;
    if (found == "nil") return true;
    out.kind = found.front() == ':' ? Edn::Kind::keyword : Edn::Kind::word;
    out.text = found.substr(found.front() == ':' ? 1 : 0);
    return !out.text.empty();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const Edn* Edn::find(std::string_view keyword) const {
  if (kind != Kind::map) return nullptr;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].kind == Kind::keyword && items[i].text == keyword) return &items[i + 1];
  }
  return nullptr;
}

std::optional<Edn> parse_edn(std::string_view text, std::string& trouble) {
  Parser parser(text);
  Edn out;
  if (parser.value(out, 0) && parser.at_end()) return out;
  trouble = "is not EDN at column " + std::to_string(parser.position() + 1);
  return std::nullopt;
}

void EdnDepth::feed(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted_) {
      if (c == '\\') ++i;
      if (c == '"') quoted_ = false;
    } else if (c == '"') {
      quoted_ = true;
    } else if (c == '\\') {
      ++i;
    } else if (c == ';') {
      return;
    } else if (c == '{' || c == '[' || c == '(') {
      ++depth_;
    } else if (c == '}' || c == ']' || c == ')') {
      if (depth_ > 0) --depth_;
    }
  }
}

}  // namespace stormproof
