#include "harness/history/byte_window.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "harness/base/assert.h"

namespace stormproof {

std::int64_t FdSource::read(unsigned char* to, std::size_t size) {
  while (true) {
    const ssize_t got = ::read(fd_.get(), to, size);
    if (got >= 0) return got;
    if (errno != EINTR) return -errno;
  }
}

bool FdSource::seek(std::uint64_t offset) {
  return ::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) == static_cast<off_t>(offset);
}

std::uint64_t FdSource::size() const {
  struct stat about {};
  return ::fstat(fd_.get(), &about) == 0 && S_ISREG(about.st_mode) ? static_cast<std::uint64_t>(about.st_size) : 0;
}

std::size_t ByteWindow::fill(std::size_t wanted) {
  while (size() < wanted && !at_end_) {
    if (buffer_.size() - start_ < wanted || buffer_.size() == end_) {
      if (start_ > 0) std::memmove(buffer_.data(), data(), size());
      end_ -= start_;
      start_ = 0;
      const std::size_t room = std::max(wanted, size()) + kStep;
      if (buffer_.size() < room) buffer_.resize(room);
    }
    // Not much more than is wanted: what is left behind take() has to be copied.
    const std::size_t most = std::max(wanted - size(), kStep / 2);
    const std::int64_t got = source_->read(buffer_.data() + end_, std::min(buffer_.size() - end_, most));
    if (got < 0) error_ = static_cast<int>(-got);
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

void ByteWindow::take(std::size_t size, std::size_t slack, std::vector<unsigned char>& to) {
  STORMPROOF_ASSERT(size <= end_ - start_, "more taken than was visible");
  if (to.size() < size + slack) to.resize(size + slack);
  const std::size_t left = end_ - start_ - size;
  if (start_ > 0 || left > size || buffer_.size() < size + slack || to.size() < left) {
    std::memcpy(to.data(), data(), size);
    consume(size);
    return;
  }
  std::memcpy(to.data(), buffer_.data() + size, left);
  to.swap(buffer_);
  end_ = left;
  offset_ += size;
}

std::uint64_t ByteWindow::skip_rest() {
  std::uint64_t skipped = 0;
  while (fill(1) > 0) {
    skipped += size();
    consume(size());
  }
  return skipped;
}

bool ByteWindow::seek(std::uint64_t offset) {
  if (offset >= offset_ && offset - offset_ <= size()) {
    consume(static_cast<std::size_t>(offset - offset_));
    return true;
  }
  if (!source_->seek(offset)) return false;
  start_ = end_ = 0;
  offset_ = offset;
  at_end_ = false;
  return true;
}

}  // namespace stormproof
