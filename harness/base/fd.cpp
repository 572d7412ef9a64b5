#include "harness/base/fd.h"

#include <unistd.h>

namespace stormproof {

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);  // close(2): the descriptor is gone even on EINTR, so never retry
  fd_ = -1;
}

}  // namespace stormproof
