/// Runs a scenario of the stream library through the real program and gathers what each run was judged to be.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace stormproof::calibration {

struct Judged {
  std::string verdict;                 ///< pass, fail, unknown
  std::vector<std::string> anomalies;  ///< kinds, sorted, each once
  std::string because;                 ///< of unknown, or the trouble of a run that did not complete
  double seconds = 0;                  ///< the run's duration

  bool found(std::string_view anomaly) const;
};

struct Cell {
  std::string scenario;  ///< file name below scenarios/stream, without .toml
  std::string level;
  std::string bug = "none";

  std::string name() const { return scenario + " " + level; }
};

/// `repeat` runs, one after the other. Shorter than that only when the program broke off: then `trouble` holds its exit
/// status and what it said. Any thread.
struct Runs {
  std::vector<Judged> judged;
  std::string trouble;
};
Runs run(const Cell& cell, int repeat);

/// The sound cells beside the planted bugs: each scenario and level of kPlanted once, without a bug.
std::vector<Cell> sound_cells();

/// Calls `work` with 0 … count-1, a few at a time: runs mostly wait, so that more of them fit than there are cores.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace stormproof::calibration
