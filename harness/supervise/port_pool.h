/// Free loopback TCP ports for targets. They lie outside the range the kernel gives to outgoing connections, and are
/// reserved among all stormproof processes of the machine for as long as the pool lives (or its process, however it
/// ends): each holds an abstract unix socket named after the port.
#pragma once

#include <utility>
#include <vector>

#include "harness/base/fd.h"
#include "harness/base/result.h"
#include "harness/base/rng.h"

namespace stormproof {

class PortPool {
 public:
  explicit PortPool(Rng rng) : rng_(rng) {}

  /// A port nobody listens on. Not thread-safe; some 20 µs.
  Result<int> allocate();

 private:
  Rng rng_;
  std::vector<Fd> reservations_;
};

/// [low, high] ports of the widest part of 10000..32767 (or, failing that, of 1024..65535) outside the ephemeral range.
std::pair<int, int> port_range(int ephemeral_low, int ephemeral_high);

}  // namespace stormproof
