#include "harness/history/byte_window.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "harness/base/assert.h"

namespace stormproof {

std::size_t ByteWindow::fill(std::size_t wanted) {
  while (size() < wanted && !at_end_) {
    if (buffer_.size() - start_ < wanted || buffer_.size() == end_) {
      if (start_ > 0) std::memmove(buffer_.data(), data(), size());
      end_ -= start_;
      start_ = 0;
      const std::size_t room = std::max(wanted, size()) + kStep;
      if (buffer_.size() < room) buffer_.resize(room);
    }
    const ssize_t got = ::read(fd_.get(), buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error_ = errno;
    if (got <= 0) {
      at_end_ = true;
      break;
    }
    end_ += static_cast<std::size_t>(got);
  }
  return size();
}

void ByteWindow::consume(std::size_t count) {
  STORMPROOF_ASSERT(count <= size(), "more consumed than was visible");
  start_ += count;
  offset_ += count;
  if (start_ == end_) start_ = end_ = 0;
}

std::uint64_t ByteWindow::skip_rest() {
  std::uint64_t skipped = 0;
  while (fill(1) > 0) {
    skipped += size();
    consume(size());
  }
  return skipped;
}

}  // namespace stormproof
