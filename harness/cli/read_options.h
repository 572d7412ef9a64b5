/// --set and --only, as several commands take them.
#pragma once

#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/scenario/scenario_reader.h"

namespace stormproof {

/// Each argument is "key=value"; a usage error names the option and the argument that is not.
Result<ReadOptions> read_options(const std::vector<std::string>& set, const std::vector<std::string>& only);

}  // namespace stormproof
