#include "harness/cli/shipped_targets.h"

#include <array>

namespace stormproof {

namespace {
constexpr std::array<ShippedTarget, 2> kTargets{{
    {"stream-client",
     "reads gRPC streams and stores each record; --level naive tolerant resumable graceful recoverable"},
    {"stream-server", "streams an ordered dataset over gRPC; --level as stream-client"},
}};
}  // namespace

std::span<const ShippedTarget> shipped_targets() { return kTargets; }

}  // namespace stormproof
