/// From a schedule that failed once to the smallest one that fails about as often, measured.
#pragma once

#include <functional>
#include <string>

#include "harness/explore/candidates.h"
#include "harness/explore/lab.h"

namespace stormproof {

struct ShrinkOptions {
  std::string anomaly = {};  ///< a candidate reproduces the failure when it yields this kind
  int budget = 200;          ///< trials, without those of the last measurement
  int base_runs = 10;        ///< to learn how often the original fails
  int confirm_runs = 20;     ///< to measure the result
  std::uint64_t seed = 1;
  CandidateHints hints = {};
  /// One sentence for each step; may be empty.
  std::function<void(const std::string&)> say = {};
  /// Sees every trial that reproduced the failure, while its files stand; may be empty.
  std::function<void(const Trial&, const TrialOutcome&)> on_reproduced = {};
};

struct ShrinkResult {
  Schedule schedule;
  int base_failures = 0, base_runs = 0;  ///< of the original
  int failures = 0, runs = 0;            ///< of `schedule`, fresh trials made after it was chosen
  int trials = 0;                        ///< all of them
  int trials_to_fewest_faults = 0;       ///< when the number of faults was last lowered
  bool exhausted = false;                ///< the budget, or the user's patience, ended before the candidates did

  bool reproduces() const { return failures > 0; }
};

/// Walks rapidcheck's shrink tree, but steps down only where a sequential test says so: against the measured rate of
/// the original, never on one lucky run. What is returned was measured afresh; if it then fails much less often than
/// the steps promised, the step before is measured instead, and so on up to the original.
ShrinkResult shrink(const Schedule& original, Lab& lab, const ShrinkOptions& options);

}  // namespace stormproof
