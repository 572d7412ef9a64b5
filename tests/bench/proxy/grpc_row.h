/// The gRPC row of the proxy bench: its load is a process of its own, so that only that program pays for gRPC.
#pragma once

#include "tests/bench/proxy/rows.h"

namespace stormproof::bench {

Row grpc_row();

}  // namespace stormproof::bench
