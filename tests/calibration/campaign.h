/// Runs a scenario of the stream library through the real program and gathers what each run was judged to be.
#pragma once

#include <string>
#include <vector>

namespace stormproof::calibration {

struct Judged {
  std::string verdict;                 ///< pass, fail, unknown
  std::vector<std::string> anomalies;  ///< kinds, sorted, each once
  std::string because;                 ///< of unknown, or the trouble of a run that did not complete
};

struct Cell {
  std::string scenario;  ///< file name below scenarios/stream, without .toml
  std::string level;
  std::string bug = "none";
};

/// `repeat` runs, two at a time. The program's exit status and stderr are part of the failure message when it printed
/// fewer verdicts than that.
std::vector<Judged> run(const Cell& cell, int repeat);

/// How often each table is to be run: the environment variable STORMPROOF_CALIBRATION_RUNS, or `fallback`.
int runs_or(int fallback);

}  // namespace stormproof::calibration
