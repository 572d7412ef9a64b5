/// RESULTS.md from what was measured so far.
#pragma once

#include <string>

#include "tests/calibration/measurements.h"

namespace stormproof::calibration {

std::string results_text(const Ledger& ledger, const Settings& settings);

}  // namespace stormproof::calibration
