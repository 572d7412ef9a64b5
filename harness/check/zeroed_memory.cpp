#include "harness/check/zeroed_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace stormproof {

namespace {
constexpr std::size_t kMapped = 1024 * 1024;  // smaller pieces come from the heap
constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = 2 * 1024 * 1024;
constexpr std::size_t kPage = 4096;
}  // namespace

ZeroedMemory::ZeroedMemory(std::size_t size, Touch touch) : size_(size) {
  if (size < kMapped) {
    size = (size + kLine - 1) / kLine * kLine;
    data_ = std::aligned_alloc(kLine, size);
    if (data_ == nullptr) throw std::bad_alloc();
    std::memset(data_, 0, size);
    return;
  }
  const std::size_t whole = size + kHugePage;
  void* const mapped =
      ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  // Huge pages lie at multiples of their size: what stands out before and
  // behind is given back.
  char* const start = static_cast<char*>(mapped);
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(start) % kHugePage) % kHugePage;
  const std::size_t kept = (size + kPage - 1) / kPage * kPage;
  if (before > 0) ::munmap(start, before);
  if (whole - before > kept) ::munmap(start + before + kept, whole - before - kept);
  data_ = start + before;
  static_cast<void>(::madvise(data_, size, MADV_HUGEPAGE));
  // madvise(2): since Linux 5.14; before, the pages come as they are touched.
  if (touch == Touch::at_once) static_cast<void>(::madvise(data_, size, MADV_POPULATE_WRITE));
}

ZeroedMemory::~ZeroedMemory() {
  if (size_ < kMapped) {
    std::free(data_);
  } else {
    ::munmap(data_, size_);
  }
}

}  // namespace stormproof
