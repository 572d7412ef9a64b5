/// Programmer errors. Stays on in release builds: a harness that goes on after a broken invariant cannot be believed.
#pragma once

namespace stormproof::detail {
[[noreturn]] void assertion_failed(const char* condition, const char* why, const char* file, int line);
}  // namespace stormproof::detail

#define STORMPROOF_ASSERT(condition, why)              \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::stormproof::detail::assertion_failed(#condition, why, __FILE__, __LINE__))
