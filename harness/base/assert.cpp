#include "harness/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace stormproof::detail {

void assertion_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "stormproof: bug: %s:%d: assertion '%s' failed: %s\n", file, line, condition, why);
  std::fflush(stderr);
  std::abort();
}

}  // namespace stormproof::detail
