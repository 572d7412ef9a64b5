/// A moving window over a source of bytes: look ahead as far as needed, consume what is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "harness/history/byte_source.h"

namespace stormproof {

class ByteWindow {
 public:
  explicit ByteWindow(Fd fd) : owned_(std::make_unique<FdSource>(std::move(fd))), source_(owned_.get()) {}
  /// The source must outlive the window and stand at its beginning.
  explicit ByteWindow(ByteSource& source) : source_(&source) {}

  /// Makes at least `wanted` bytes visible if the source has them; returns how many are. Blocks for the disk.
  std::size_t fill(std::size_t wanted);
  const unsigned char* data() const { return buffer_.data() + start_; }
  std::size_t size() const { return end_ - start_; }
  /// Requires count <= size().
  void consume(std::size_t count);
  /// Moves the first `size` visible bytes into `to`, with `slack` more behind them, whatever those are; mostly without
  /// copying them. Requires size <= size().
  void take(std::size_t size, std::size_t slack, std::vector<unsigned char>& to);
  /// Of the first visible byte in the file.
  std::uint64_t offset() const { return offset_; }
  /// Everything left, without keeping it; returns how much that was.
  std::uint64_t skip_rest();
  /// Throws away what is visible and goes on at `offset`. False when the source cannot.
  bool seek(std::uint64_t offset);
  /// errno of a failed read, 0 otherwise; a failed read looks like the end of the file.
  int error() const { return error_; }

 private:
  static constexpr std::size_t kStep = 256 * 1024;
  std::unique_ptr<ByteSource> owned_;
  ByteSource* source_;
  std::vector<unsigned char> buffer_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  bool at_end_ = false;
  int error_ = 0;
};

}  // namespace stormproof
