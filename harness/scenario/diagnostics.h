/// Diagnostics as people read them, the same for every command.
#pragma once

#include <string>

#include "harness/scenario/scenario_reader.h"

namespace stormproof {

/// Each diagnostic as
///
///     lag.toml:14:8: error: unknown fault kind 'reset_per'
///       14 | kind = "reset_per"
///          |        ^~~~~~~~~~~ did you mean 'reset_peer'?
///
/// in file order, at most 20, then "… and N more". "" when there is none. No escape codes; control characters of the
/// file are escaped, long lines are cut around the place.
std::string render(const ScenarioFile& file);

}  // namespace stormproof
