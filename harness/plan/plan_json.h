/// plan.json: a plan as a file, and back. Stable (same plan, same bytes), for people too, and versioned ("version": 1).
#pragma once

#include <string>
#include <string_view>

#include "harness/api/kind_info.h"
#include "harness/base/result.h"
#include "harness/model/plan.h"

namespace stormproof {

/// Durations and triggers are written with their units, sizes and rates as bytes. Positions are kept for specs, not for
/// single parameters. Text that is not UTF-8 (a path, say) loses the bytes that are not.
std::string plan_to_json(const Plan& plan);

/// Reads what plan_to_json wrote. A usage error names the place ("/faults/0/when/count") for text that is not JSON, for
/// another version, for missing or ill-typed fields, for kinds this program lacks, for parameters out of their bounds
/// and for targets and links that do not exist: a plan that is read can be run.
Result<Plan> plan_from_json(std::string_view text, const Kinds& kinds);

}  // namespace stormproof
