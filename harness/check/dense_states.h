/// States of messages whose ids are numbers behind a common prefix: half a byte each, in pages of 4096.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "harness/check/message_state.h"
#include "harness/check/zeroed_memory.h"

namespace stormproof {

class DenseStates {
 public:
  static constexpr unsigned kPageShift = 12;
  static constexpr std::size_t kPageBytes = std::size_t{1} << (kPageShift - 1);
  static constexpr std::size_t kSpaces = 64;

  /// The numbers behind one prefix.
  struct Space {
    std::uint64_t b = 0;  ///< of their codes
    std::vector<unsigned char*> pages;
  };

  /// nullptr when there are kSpaces others.
  Space* space(std::uint64_t b);
  const Space* find(std::uint64_t b) const;
  bool takes(std::uint64_t b) const { return spaces_.size() < kSpaces || find(b) != nullptr; }
  /// The page of this number, made if need be. nullptr when the numbers lie so far apart that pages are a waste: more
  /// than a few bytes for each of the `events` so far.
  unsigned char* reach(Space& space, std::uint64_t number, std::uint64_t events) {
    const std::uint64_t page = number >> kPageShift;
    const bool there = page < space.pages.size() && space.pages[page] != nullptr;
    return there ? space.pages[page] : make(space, page, events);
  }

  MessageState get(const Space& space, std::uint64_t number) const {
    const std::uint64_t page = number >> kPageShift;
    if (page >= space.pages.size() || space.pages[page] == nullptr) return MessageState::unseen;
    const unsigned char pair = space.pages[page][(number & ((1U << kPageShift) - 1)) >> 1U];
    return static_cast<MessageState>((pair >> (4 * (number & 1U))) & 15U);
  }
  std::size_t bytes() const { return bytes_; }
  /// How many messages are in each state; `unseen` is not counted.
  void count(std::array<std::uint64_t, 16>& states) const;
  /// visit(b, number, state) for all that `wanted` (by state) says.
  template <class Visit>
  void visit(const std::array<bool, 16>& wanted, const Visit& visit) const;

 private:
  unsigned char* make(Space& space, std::uint64_t page, std::uint64_t events);
  unsigned char* new_page();

  std::vector<std::unique_ptr<Space>> spaces_;
  std::vector<ZeroedMemory> arena_;
  std::size_t arena_used_ = 0;
  std::size_t bytes_ = 0;
};

template <class Visit>
void DenseStates::visit(const std::array<bool, 16>& wanted, const Visit& visit) const {
  std::array<bool, 256> either{};
  for (std::size_t pair = 0; pair < 256; ++pair) either[pair] = wanted[pair & 15U] || wanted[pair >> 4U];
  for (const auto& space : spaces_) {
    for (std::size_t page = 0; page < space->pages.size(); ++page) {
      const unsigned char* const bytes = space->pages[page];
      if (bytes == nullptr) continue;
      for (std::size_t i = 0; i < kPageBytes; ++i) {
        if (!either[bytes[i]]) continue;
        const std::uint64_t number = (std::uint64_t{page} << kPageShift) + 2 * i;
        if (wanted[bytes[i] & 15U]) visit(space->b, number, static_cast<MessageState>(bytes[i] & 15U));
        if (wanted[bytes[i] >> 4U]) visit(space->b, number + 1, static_cast<MessageState>(bytes[i] >> 4U));
      }
    }
  }
}

}  // namespace stormproof
