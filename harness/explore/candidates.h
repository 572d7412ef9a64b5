/// The simpler schedules to try in place of one that fails, most promising first: fewer faults, then gentler ones, then
/// smaller counts, then a smaller workload.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/explore/schedule.h"

namespace stormproof {

struct CandidateHints {
  std::set<std::string> blamed = {};  ///< names of faults that anomalies named: kept alone first
  std::int64_t messages = 0;          ///< what the scenario sends when the schedule does not say
};

/// Each is strictly simpler than `schedule` in a measure that cannot go down for ever.
std::vector<Schedule> candidates(const Schedule& schedule, const CandidateHints& hints);

}  // namespace stormproof
