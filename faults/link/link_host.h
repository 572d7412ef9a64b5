/// The links of a run, or of `stormproof proxy`, served by a user-space proxy on threads of its own. Try it alone:
/// tests/faults/link.
#pragma once

#include <memory>

#include "harness/api/link.h"

namespace stormproof {

/// Starts `threads` proxy threads; links are spread over them, each link stays with one. `run_clock` outlives the host
/// and keeps real time (holds are measured with it). The destructor resets every connection, closes every port and ends
/// the threads; call it from another thread than a proxy's.
Result<std::unique_ptr<LinkHost>> make_link_host(const Clock& run_clock, int threads);
/// With one thread.
Result<std::unique_ptr<LinkHost>> make_link_host(const Clock& run_clock);

}  // namespace stormproof
