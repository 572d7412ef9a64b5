#include "harness/check/zeroed_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace stormproof {

namespace {
constexpr std::size_t kMapped = 1024 * 1024;  // smaller pieces come from the heap
}

ZeroedMemory::ZeroedMemory(std::size_t size) : size_(size) {
  if (size < kMapped) {
    data_ = std::calloc(1, size);
    if (data_ == nullptr) throw std::bad_alloc();
    return;
  }
  data_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    throw std::bad_alloc();
  }
  static_cast<void>(::madvise(data_, size, MADV_HUGEPAGE));
}

ZeroedMemory::~ZeroedMemory() {
  if (size_ < kMapped) {
    std::free(data_);
  } else {
    ::munmap(data_, size_);
  }
}

}  // namespace stormproof
