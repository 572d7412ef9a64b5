/// Where the messages are whose ids are numbers behind a short prefix ("17", "o-17"): found without a hash or a look at
/// the text, neighbours beside each other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/history/message_code.h"

namespace stormproof {

class NumberIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// nullopt for an id of another form. No two ids have the same key.
  static std::optional<MessageCode> key_of(std::string_view id);

  std::uint32_t find(const MessageCode& key) const;
  /// Where its index stands or belongs; kNone stands there at first. nullptr when the numbers lie so far apart that a
  /// page for them would be a waste beside so many messages; another time it may not be.
  std::uint32_t* place(const MessageCode& key, std::size_t messages);
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr unsigned kPageShift = 10;
  static constexpr std::size_t kInPage = std::size_t{1} << kPageShift;
  static constexpr std::size_t kSpaces = 64;

  struct Space {
    std::uint64_t b = 0;
    std::vector<std::unique_ptr<std::uint32_t[]>> pages;
  };
  const Space* space(std::uint64_t b) const;
  Space* make_space(std::uint64_t b);
  bool make_page(Space& space, std::uint64_t page, std::size_t messages);

  std::vector<std::unique_ptr<Space>> spaces_;
  mutable const Space* last_ = nullptr;  // most ids of a history have one prefix
  std::size_t bytes_ = 0;
};

}  // namespace stormproof
