/// Which links, and whose connections through them, lie between two groups of targets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/model/plan.h"

namespace stormproof {

/// Whether a target is told the address of this link: in its command, its environment or its readiness probe.
bool uses_link(const TargetSpec& target, const std::string& link);

/// Whether "client" or "client/0" stands for the replica "client/0".
bool selects_process(std::string_view selector, std::string_view process);

/// What `fault` has to cut, in the order of the links; empty when no link leads from one group to the other.
std::vector<LinkCut> cuts_between(const Scenario& scenario, const FaultSpec& fault);

}  // namespace stormproof
