/// The scenario that a finding leaves behind: the original file with other faults, complete and replayable.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/api/kind_info.h"
#include "harness/explore/schedule.h"

namespace stormproof {

struct MinimalNotes {
  std::string name;  ///< of the new scenario
  std::string description;
  std::vector<std::string> comments;  ///< lines at the top
  std::string anomaly;                ///< for [found]
  int reproduced = 0, repeated = 0;
};

/// `text` is the file `base` was read from; its comments stay. Replaced are name, description, seed, faults, matrix,
/// expectations, [explore] and [found], the params that were set or are of a cell, {here}, and the number of messages
/// where the schedule lowers it.
std::string minimal_toml(const std::string& text, const Scenario& base, const Schedule& schedule,
                         std::span<const FaultKindInfo* const> kinds, const MinimalNotes& notes);

/// Whether the file says the number of messages in a line of its own, so that minimal_toml() can lower it.
bool can_lower_messages(const std::string& text, const Scenario& base);

/// [[faults]] as in a scenario, each with its kind's summary as a comment. The names must be those the reader would
/// give; see with_plain_names().
std::string faults_toml(const Schedule& schedule, std::span<const FaultKindInfo* const> kinds);

/// KIND, KIND-2, ... in order, so that names need not be written.
Schedule with_plain_names(const Schedule& schedule);

}  // namespace stormproof
