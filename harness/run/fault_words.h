/// Faults and triggers in the words of the scenario file, for reports.
#pragma once

#include <string>

#include "harness/model/scenario.h"

namespace stormproof {

/// "effects = 500, occurrence = 2"
std::string describe(const TriggerSpec& trigger);
/// "client/0", "link feed" or "client <-> server/0"
std::string struck_by(const FaultSpec& fault);

}  // namespace stormproof
