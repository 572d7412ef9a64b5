/// What the kernel said when a child was reaped.
#pragma once

#include <chrono>
#include <cstdint>

namespace stormproof {

struct WaitStatus {
  int code = 0;    ///< exit code, 0 after a death by signal
  int signal = 0;  ///< 0: exited by itself
  bool core_dumped = false;
  std::uint64_t peak_memory_bytes = 0;
  std::chrono::microseconds user_time{};
  std::chrono::microseconds system_time{};

  bool signalled() const { return signal != 0; }
};

}  // namespace stormproof
