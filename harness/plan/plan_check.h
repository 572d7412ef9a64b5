/// Whether a plan that came from a file holds together.
#pragma once

#include <string>

#include "harness/api/kind_info.h"
#include "harness/model/plan.h"

namespace stormproof {

/// The first thing that would break a run's assumptions, in one sentence, or "": replicas out of bounds, a selector or
/// link that names nothing, a trigger that is not drawn, a regex that does not compile.
std::string plan_trouble(const Plan& plan, const Kinds& kinds);

}  // namespace stormproof
