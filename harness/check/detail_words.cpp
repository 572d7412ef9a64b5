#include "harness/check/detail_words.h"

#include <charconv>

namespace stormproof {

std::string_view detail_word(std::string_view detail, std::string_view name) {
  while (!detail.empty()) {
    const std::size_t end = std::min(detail.find(' '), detail.size());
    const std::string_view word = detail.substr(0, end);
    if (word.size() > name.size() && word[name.size()] == '=' && word.substr(0, name.size()) == name) {
      return word.substr(name.size() + 1);
    }
    detail.remove_prefix(std::min(end + 1, detail.size()));
  }
  return {};
}

std::optional<std::int64_t> detail_number(std::string_view detail, std::string_view name) {
  const std::string_view word = detail_word(detail, name);
  std::int64_t value = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) return std::nullopt;
  return value;
}

}  // namespace stormproof
