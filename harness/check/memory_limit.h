/// How much memory a check may take, and what is said when that is not enough.
#pragma once

#include <cstdint>

#include "harness/base/result.h"

namespace stormproof {

/// Four fifths of what the kernel says is available; without a limit where it does not say.
std::uint64_t default_memory_limit();

/// An environment error: "checking needs more than the 64 MiB allowed: ...".
Error out_of_memory(std::uint64_t limit, std::uint64_t bytes, std::uint64_t events);

}  // namespace stormproof
