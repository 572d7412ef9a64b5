#include "harness/check/dense_states.h"

namespace stormproof {

namespace {
constexpr std::size_t kArenaSmall = 64 * 1024;
constexpr std::size_t kArenaLarge = 2 * 1024 * 1024;
constexpr std::size_t kAlwaysFine = 4 * 1024 * 1024;
constexpr std::uint64_t kBytesPerEvent = 4;
}  // namespace

DenseStates::Space* DenseStates::space(std::uint64_t b) {
  for (const auto& space : spaces_) {
    if (space->b == b) return space.get();
  }
  if (spaces_.size() == kSpaces) return nullptr;
  spaces_.push_back(std::make_unique<Space>());
  spaces_.back()->b = b;
  return spaces_.back().get();
}

const DenseStates::Space* DenseStates::find(std::uint64_t b) const {
  for (const auto& space : spaces_) {
    if (space->b == b) return space.get();
  }
  return nullptr;
}

unsigned char* DenseStates::make(Space& space, std::uint64_t page, std::uint64_t events) {
  const std::uint64_t longer = page < space.pages.size() ? 0 : (page + 1 - space.pages.size()) * sizeof(void*);
  const std::uint64_t after = bytes_ + longer + kPageBytes;
  if (after > kAlwaysFine && after / kBytesPerEvent > events) return nullptr;
  if (longer > 0) {
    const std::size_t before = space.pages.capacity();
    space.pages.resize(page + 1);
    bytes_ += (space.pages.capacity() - before) * sizeof(void*);
  }
  space.pages[page] = new_page();
  return space.pages[page];
}

unsigned char* DenseStates::new_page() {
  if (arena_.empty() || arena_used_ + kPageBytes > arena_.back().size()) {
    arena_.emplace_back(arena_.size() < 16 ? kArenaSmall : kArenaLarge);
    arena_used_ = 0;
    bytes_ += arena_.back().size();
  }
  unsigned char* const page = static_cast<unsigned char*>(arena_.back().data()) + arena_used_;
  arena_used_ += kPageBytes;
  return page;
}

void DenseStates::count(std::array<std::uint64_t, 16>& states) const {
  std::array<std::uint64_t, 256> pairs{};
  for (const auto& space : spaces_) {
    for (const unsigned char* const page : space->pages) {
      if (page == nullptr) continue;
      for (std::size_t i = 0; i < kPageBytes; ++i) ++pairs[page[i]];
    }
  }
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    states[pair & 15U] += pairs[pair];
    states[pair >> 4U] += pairs[pair];
  }
  states[0] = 0;
}

}  // namespace stormproof
