/// What a number names, found without hashing. A number is not given out again, so that what is late (an event of the
/// same batch, a timer, an answer) meets nothing instead of somebody else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace stormproof {

template <class T>
class SlotTable {
 public:
  /// Never 0; the two highest bits are free.
  std::uint64_t insert(T value) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    slots_[index].value.emplace(std::move(value));
    return key(index);
  }

  /// Null when it has been erased. Valid until the next insert.
  T* find(std::uint64_t wanted) {
    const std::size_t index = wanted & kIndexMask;
    if (index >= slots_.size() || !slots_[index].value || key(index) != wanted) return nullptr;
    return &*slots_[index].value;
  }

  void erase(std::uint64_t wanted) {
    if (find(wanted) == nullptr) return;
    const auto index = static_cast<std::uint32_t>(wanted & kIndexMask);
    slots_[index].value.reset();
    ++slots_[index].generation;
    free_.push_back(index);
  }

  bool empty() const { return free_.size() == slots_.size(); }

  /// The keys of those `wanted` says true to.
  template <class Predicate>
  std::vector<std::uint64_t> keys(const Predicate& wanted) const {
    std::vector<std::uint64_t> found;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].value && wanted(*slots_[i].value)) found.push_back(key(i));
    }
    return found;
  }

 private:
  static constexpr unsigned kIndexBits = 24;
  static constexpr std::uint64_t kIndexMask = (std::uint64_t{1} << kIndexBits) - 1;
  static constexpr std::uint64_t kGenerationMask = (std::uint64_t{1} << 38U) - 1;

  struct Slot {
    std::optional<T> value;
    std::uint64_t generation = 1;
  };
  std::uint64_t key(std::size_t index) const {
    return (slots_[index].generation & kGenerationMask) << kIndexBits | index;
  }

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace stormproof
