/// The campaign: probe, draw, try, learn; and shrink what failed.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/explore/lab.h"
#include "harness/explore/palette.h"
#include "harness/explore/shrinker.h"

namespace stormproof {

struct ExploreOptions {
  int runs = 200;
  std::optional<Nanos> lasts = {};  ///< no trial begins later; shrinking may go on
  int patience = 0;                 ///< end after so many trials without a new feature; 0: never
  std::uint64_t seed = 1;
  bool guided = true;                    ///< false: every schedule is fresh
  bool keep_going = false;               ///< look for further kinds of anomalies after the first finding
  int shrink_budget = 200;               ///< trials a finding; 0: do not shrink
  std::int64_t messages = 0;             ///< what the scenario sends; 0: nobody knows
  std::filesystem::path directory = {};  ///< failing runs are kept below it; empty: they are not kept
};

struct Finding {
  std::string anomaly;       ///< the kind that was shrunk for
  Trial trial;               ///< that failed first
  RunSummary run;            ///< its run
  std::size_t found_at = 0;  ///< number of the trial, from 1; 0: the probing run itself
  Nanos found_after{};
  ShrinkResult shrunk;
  std::optional<RunSummary> minimal_run;  ///< one that failed with the shrunk schedule
};

enum class ExploreEnd { runs, time, patience, found, stopped, no_probe, no_trials };

struct ExploreReport {
  ExploreEnd end = ExploreEnd::runs;
  std::string trouble;  ///< no_probe, no_trials: why
  std::optional<RunSummary> probe;
  std::size_t trials = 0, passed = 0, failed = 0, unknown = 0, could_not = 0;
  std::map<std::string, std::size_t> unknown_because;  ///< reasons without their numbers
  std::size_t shrink_trials = 0;
  std::size_t features = 0;
  std::vector<std::pair<std::size_t, std::size_t>> reached;  ///< (trial, features so far), at each increase
  std::vector<Finding> findings;                             ///< of different anomalies
  Nanos duration{};                                          ///< of the exploration, without probe and shrinking
};

struct ExploreProgress {
  std::size_t trials = 0, failed = 0, unknown = 0, features = 0, fresh = 0;
  double per_minute = 0;
};

/// Told what happens, one call at a time, on any thread.
class ExploreListener {
 public:
  virtual ~ExploreListener() = default;
  virtual void on_probe(const RunSummary& run) { (void)run; }
  virtual void on_trial(const ExploreProgress& progress) { (void)progress; }
  virtual void on_found(const Finding& finding) { (void)finding; }
  virtual void on_shrink(const std::string& step) { (void)step; }
};

/// The kind to shrink for when a run shows several: the gravest.
std::string gravest(const std::set<std::string>& anomalies);

/// Blocks until a budget is spent, something was found, or the lab was stopped; what was found until then is in the
/// report, whatever ended it.
ExploreReport explore(const Palette& palette, Lab& lab, const ExploreOptions& options, ExploreListener& listener);

}  // namespace stormproof
