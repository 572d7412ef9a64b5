/// A large piece of zeroed memory that the kernel gives page by page as it is touched, in huge pages where it can.
/// Begins at a cache line.
#pragma once

#include <cstddef>
#include <utility>

namespace stormproof {

class ZeroedMemory {
 public:
  ZeroedMemory() = default;
  enum class Touch { as_needed, at_once };
  /// Throws std::bad_alloc. `at_once`: all of it will be used, and one call for its pages is quicker than a fault each.
  explicit ZeroedMemory(std::size_t size, Touch touch = Touch::as_needed);
  ZeroedMemory(ZeroedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  ZeroedMemory& operator=(ZeroedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ZeroedMemory(const ZeroedMemory&) = delete;
  ZeroedMemory& operator=(const ZeroedMemory&) = delete;
  ~ZeroedMemory();

  void* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace stormproof
