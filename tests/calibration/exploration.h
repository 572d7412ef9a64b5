/// Drives `stormproof explore --json` as a user would, and reads what it found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/calibration/planted.h"

namespace stormproof::calibration {

enum class Guidance { blind, guided };

struct Explored {
  std::string trouble;  ///< it could not explore: exit status and what it said
  int trials = 0;
  bool found = false;
  int first = 0;       ///< trial of the first finding
  double seconds = 0;  ///< until then
  int minimal_faults = 0;
  int reproduced = 0, repeated = 0;
  std::string anomaly;
};

/// At level recoverable, where the sound target survives everything: whatever is found is the bug's doing. `shrink`:
/// trials to spend on making it small; 0: none.
Explored explore(const std::string& scenario, const std::string& bug, Guidance guidance, std::uint64_t seed, int trials,
                 int shrink);

/// Whether this stormproof has the command at all; otherwise why not.
std::optional<std::string> cannot_explore();

}  // namespace stormproof::calibration
