/// The links of a run, served by a user-space proxy on a thread of their own. Try it alone: tests/faults/link.
#pragma once

#include <memory>

#include "harness/api/link.h"

namespace stormproof {

/// Starts the proxy's thread. `run_clock` outlives the host and keeps real time (holds are measured with it). The
/// destructor resets every connection, closes every port and ends the thread; call it from another thread than the
/// proxy's.
Result<std::unique_ptr<LinkHost>> make_link_host(const Clock& run_clock);

}  // namespace stormproof
