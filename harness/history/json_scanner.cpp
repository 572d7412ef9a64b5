#include "harness/history/json_scanner.h"

#include <cstring>

namespace stormproof {

namespace {

void append_utf8(unsigned code, std::string& out) {
  const auto put = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

bool is_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i > start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  if (!digits()) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

}  // namespace

void JsonScanner::skip_space() {
  while (at_ < text_.size() && std::strchr(" \t\r\n", text_[at_]) != nullptr && text_[at_] != '\0') ++at_;
}

bool JsonScanner::take(char c) {
  skip_space();
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool JsonScanner::at_end() {
  skip_space();
  return at_ == text_.size();
}

bool JsonScanner::string(std::string_view& out, std::string& storage) {
  if (!take('"')) return false;
  const std::size_t start = at_;
  while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') ++at_;
  if (at_ < text_.size() && text_[at_] == '"') {
    out = text_.substr(start, at_++ - start);
    return true;
  }
  const std::size_t kept = storage.size();
  storage.append(text_.substr(start, at_ - start));
  while (at_ < text_.size() && text_[at_] != '"') {
    if (text_[at_] == '\\') {
      if (!escape(storage)) return false;
    } else {
      storage.push_back(text_[at_++]);
    }
  }
  if (at_ >= text_.size()) return false;
  ++at_;
  out = std::string_view(storage).substr(kept);
  return true;
}

bool JsonScanner::hex4(unsigned& value) {
  if (text_.size() - at_ < 4) return false;
  value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = text_[at_++];
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      return false;
    }
    value = value * 16 + digit;
  }
  return true;
}

bool JsonScanner::escape(std::string& storage) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (text_.size() - at_ < 2) return false;
  const char letter = text_[at_ + 1];
  at_ += 2;
  if (const std::size_t known = kLetters.find(letter); known != std::string_view::npos) {
    storage.push_back(kMeanings[known]);
    return true;
  }
  unsigned code = 0;
  if (letter != 'u' || !hex4(code)) return false;
  if (code >= 0xDC80 && code <= 0xDCFF) {  // surrogateescape: a byte that was not UTF-8
    storage.push_back(static_cast<char>(code - 0xDC00));
    return true;
  }
  if (code >= 0xD800 && code <= 0xDBFF) {
    unsigned low = 0;
    if (text_.substr(at_, 2) != "\\u") return false;
    at_ += 2;
    if (!hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
    code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
  } else if (code >= 0xDC00 && code <= 0xDFFF) {
    return false;
  }
  append_utf8(code, storage);
  return true;
}

bool JsonScanner::skip_nested() {
  std::string closers;
  do {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    if (c == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\') ++at_;
      }
      if (at_ >= text_.size()) return false;
    } else if (c == '{' || c == '[') {
      closers.push_back(c == '{' ? '}' : ']');
    } else if (c == '}' || c == ']') {
      if (closers.back() != c) return false;
      closers.pop_back();
    }
    ++at_;
  } while (!closers.empty());
  return true;
}

JsonScanner::Kind JsonScanner::value(std::string_view& out, std::string& storage) {
  skip_space();
  if (at_ >= text_.size()) return Kind::bad;
  const char first = text_[at_];
  if (first == '"') return string(out, storage) ? Kind::text : Kind::bad;
  const std::size_t start = at_;
  if (first == '{' || first == '[') {
    if (!skip_nested()) return Kind::bad;
    out = text_.substr(start, at_ - start);
    return Kind::nested;
  }
  while (at_ < text_.size() && std::strchr(",}] \t\r\n", text_[at_]) == nullptr) ++at_;
  out = text_.substr(start, at_ - start);
  if (out == "true" || out == "false" || out == "null") return Kind::literal;
  return is_number(out) ? Kind::number : Kind::bad;
}

}  // namespace stormproof
