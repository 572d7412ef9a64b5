#include "harness/check/number_index.h"

#include <algorithm>

namespace stormproof {

namespace {

std::size_t digits_of(std::uint64_t number) {
  std::size_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

}  // namespace

std::optional<MessageCode> NumberIndex::key_of(std::string_view id) {
  constexpr std::size_t kPrefix = 7;  // a longer one is in the code as a hash
  constexpr std::size_t kDigits = 15;
  if (id.size() > kPrefix + kDigits) return std::nullopt;
  const MessageCode code = code_of(id);
  if (!code.split()) return std::nullopt;
  if (id.size() > kPrefix + 1 && id.size() - digits_of(code.a) > kPrefix) return std::nullopt;
  return code;
}

const NumberIndex::Space* NumberIndex::space(std::uint64_t b) const {
  if (last_ != nullptr && last_->b == b) return last_;
  for (const auto& one : spaces_) {
    if (one->b == b) return last_ = one.get();
  }
  return nullptr;
}

NumberIndex::Space* NumberIndex::make_space(std::uint64_t b) {
  if (spaces_.size() == kSpaces) return nullptr;
  spaces_.push_back(std::make_unique<Space>());
  spaces_.back()->b = b;
  return spaces_.back().get();
}

std::uint32_t NumberIndex::find(const MessageCode& key) const {
  const Space* const found = space(key.b);
  const std::uint64_t page = key.a >> kPageShift;
  if (found == nullptr || page >= found->pages.size() || !found->pages[page]) return kNone;
  return found->pages[page][key.a % kInPage];
}

std::uint32_t* NumberIndex::place(const MessageCode& key, std::size_t messages) {
  Space* found = const_cast<Space*>(space(key.b));
  if (found == nullptr) found = make_space(key.b);
  const std::uint64_t page = key.a >> kPageShift;
  if (found == nullptr) return nullptr;
  if ((page >= found->pages.size() || !found->pages[page]) && !make_page(*found, page, messages)) return nullptr;
  return &found->pages[page][key.a % kInPage];
}

bool NumberIndex::make_page(Space& space, std::uint64_t page, std::size_t messages) {
  constexpr std::size_t kAlwaysFine = 1024 * 1024;
  constexpr std::size_t kBytesPerMessage = 16;
  const std::size_t pages = std::max<std::size_t>(space.pages.size(), page + 1);
  const std::size_t more = (pages - space.pages.size()) * sizeof(space.pages[0]) + kInPage * sizeof(std::uint32_t);
  if (bytes_ + more > kAlwaysFine + messages * kBytesPerMessage) return false;
  space.pages.resize(pages);
  space.pages[page] = std::make_unique_for_overwrite<std::uint32_t[]>(kInPage);
  std::fill_n(space.pages[page].get(), kInPage, kNone);
  bytes_ += more;
  return true;
}

}  // namespace stormproof
