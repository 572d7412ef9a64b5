/// Texts kept once and named by small numbers. For names and ordering keys; message ids have their own table.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace stormproof {

class Interner {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  std::uint32_t intern(std::string_view text) {
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    texts_.emplace_back(text);
    numbers_.emplace(texts_.back(), number);
    return number;
  }
  /// kNone when it was never interned.
  std::uint32_t find(std::string_view text) const {
    const auto found = numbers_.find(text);
    return found == numbers_.end() ? kNone : found->second;
  }
  /// "" for kNone.
  const std::string& text(std::uint32_t number) const {
    static const std::string kEmpty;
    return number == kNone ? kEmpty : texts_[number];
  }
  std::size_t size() const { return texts_.size(); }

 private:
  std::deque<std::string> texts_;  // stable addresses: the map's keys point here
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

}  // namespace stormproof
