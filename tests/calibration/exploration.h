/// Drives `stormproof explore --json` as a user would, and reads what it found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stormproof::calibration {

struct Exploration {
  std::string scenario;  ///< a file, or a name below scenarios/stream without .toml
  std::string level = "recoverable";
  std::string bug = "none";
  bool guided = true;
  std::uint64_t seed = 1;
  int trials = 200;
  int shrink = 0;                      ///< trials to spend on making it small; 0: none
  std::vector<std::string> more = {};  ///< further arguments
};

struct Explored {
  std::string trouble;  ///< it could not explore: exit status and what it said
  int trials = 0, unknown = 0;
  double duration = 0;  ///< seconds, without shrinking
  bool found = false;
  std::string anomaly;
  int first = 0;       ///< trial of the first finding; 0: the probing run without faults
  double seconds = 0;  ///< until then
  int faults = 0;      ///< of the schedule that failed first
  int minimal_faults = 0;
  int trials_to_fewest = 0;  ///< of the shrinking, until the number of faults was last lowered
  int shrink_trials = 0;
  int reproduced = 0, repeated = 0;  ///< of the minimal schedule
};

/// Blocks until it is over.
Explored explore(const Exploration& wanted);

}  // namespace stormproof::calibration
