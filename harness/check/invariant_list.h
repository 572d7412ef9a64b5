/// Invariants as a command line writes them.
#pragma once

#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/scenario.h"

namespace stormproof {

/// "exactly_once,in_order:key,progress:3s:under_fault=true": names separated by commas; behind colons a value for the
/// invariant's shorthand parameter, or parameter=value. A usage error names the first mistake and the nearest right
/// name.
Result<std::vector<InvariantSpec>> parse_invariant_list(std::string_view text);

}  // namespace stormproof
