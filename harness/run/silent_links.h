/// Links that carried nothing although the scenario counts on them: traffic goes past them, so that no fault on them
/// proves anything.
#pragma once

#include <string>
#include <vector>

#include "harness/api/fault.h"
#include "harness/model/run_summary.h"

namespace stormproof {

/// A link and how many bytes were read from its clients and its server.
struct LinkTraffic {
  std::string link;
  std::uint64_t connections = 0;
  std::uint64_t bytes = 0;
};

/// A reason for `unknown` for each link that was silent and named by the scenario, in a placeholder, a fault or a
/// trigger. None for a link whose connections a fault kept from speaking: hits say that they came; nor for one that was
/// `down`, where a fault without hits is a reason of its own.
std::vector<std::string> reasons_of_silent_links(const Plan& plan, std::span<const FaultKind* const> kinds,
                                                 const std::vector<LinkTraffic>& traffic,
                                                 const std::vector<FaultSummary>& faults);

}  // namespace stormproof
