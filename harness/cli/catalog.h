/// The only place that knows all plug-ins: faults, sources, witnesses, invariants, reports.
#pragma once

#include "harness/api/kind_info.h"
#include "harness/run/plugins.h"

namespace stormproof {

/// What the scenario parser needs to know of them.
const Kinds& all_kinds();
/// What a run needs of them. `guard` may be null.
Plugins all_plugins(Guard* guard);

/// The links of `stormproof proxy`, spread over so many threads.
Result<std::unique_ptr<LinkHost>> link_host(const Clock& clock, int threads);

/// The directory of this program, where the shipped targets are: {bin}.
std::filesystem::path program_directory();

}  // namespace stormproof
