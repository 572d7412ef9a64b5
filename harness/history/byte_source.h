/// Where the bytes of a history come from: a file or a pipe, or whatever a test or bench makes up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/base/fd.h"

namespace stormproof {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Up to `size` bytes from where the last read ended. 0 at the end; a negative errno on failure. May block.
  virtual std::int64_t read(unsigned char* to, std::size_t size) = 0;
  /// The next read begins there. False when the source cannot go back (a pipe).
  virtual bool seek(std::uint64_t offset) = 0;
  /// How many bytes there are in all; 0 when nobody knows.
  virtual std::uint64_t size() const { return 0; }
};

class FdSource final : public ByteSource {
 public:
  explicit FdSource(Fd fd) : fd_(std::move(fd)) {}
  std::int64_t read(unsigned char* to, std::size_t size) override;
  bool seek(std::uint64_t offset) override;
  std::uint64_t size() const override;

 private:
  Fd fd_;
};

}  // namespace stormproof
