#include "faults/link/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace stormproof {
namespace {

/// The most that pipe(7) lets an unprivileged user have in one; 64 MiB in all, beyond that new ones hold a page or two.
constexpr int kPipeSize = 1024 * 1024;
constexpr std::size_t kMaxFree = 64;

}  // namespace

Pipe PipePool::take() {
  if (!free_.empty()) {
    Pipe pipe = std::move(free_.back());
    free_.pop_back();
    return pipe;
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return {};
  ::fcntl(ends[0], F_SETPIPE_SZ, kPipeSize);
  return {Fd(ends[0]), Fd(ends[1])};
}

void PipePool::give(Pipe pipe) {
  if (free_.size() < kMaxFree) free_.push_back(std::move(pipe));
}

}  // namespace stormproof
