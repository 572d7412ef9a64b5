/// Bytes as a readable descriptor, without a file.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "harness/base/fd.h"

namespace stormproof {

inline Fd memory_file(const std::uint8_t* data, std::size_t size) {
  Fd fd(::memfd_create("fuzz", MFD_CLOEXEC));
  if (!fd || ::write(fd.get(), data, size) != static_cast<ssize_t>(size)) std::abort();
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

}  // namespace stormproof
