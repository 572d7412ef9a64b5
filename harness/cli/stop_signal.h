/// Ctrl-C and its kin, for commands that run things: the first stops in good order, the second at once.
#pragma once

#include "harness/run/run.h"

namespace stormproof {

/// Raised by SIGINT, SIGTERM and SIGHUP once catch_stop_signals() was called.
const StopLevel& stop_level();
void catch_stop_signals();

}  // namespace stormproof
