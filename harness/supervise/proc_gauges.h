/// What a process holds, for the invariants about bounds and leaks. Plain reads of /proc; any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace stormproof {

struct ProcGauges {
  std::int64_t files = 0;  ///< open descriptors
  std::int64_t threads = 0;
  std::int64_t memory = 0;  ///< resident bytes
};

/// Nullopt when it is gone or may not be looked at.
std::optional<ProcGauges> proc_gauges(pid_t pid);

}  // namespace stormproof
