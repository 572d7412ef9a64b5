/// Where trials are run. The explorer and the shrinker decide; the lab does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/explore/schedule.h"
#include "harness/model/run_summary.h"
#include "harness/run/survey.h"

namespace stormproof {

struct Trial {
  Schedule schedule;
  std::uint64_t seed = 0;
};

struct TrialOutcome {
  bool completed = false;  ///< false: it could not be run, or was interrupted
  bool interrupted = false;
  std::string trouble;  ///< why it could not be run
  Verdict verdict = Verdict::unknown;
  std::set<std::string> anomalies;  ///< kinds
  std::set<std::string> blamed;     ///< names of the faults that the anomalies name
  std::set<std::string> features;   ///< what the run reached
  std::size_t fired = 0;            ///< faults that struck
  Survey survey;                    ///< of a run without faults
  RunSummary summary;               ///< as far as the run got; its directory exists only while `done` is called

  bool failed_with(const std::string& anomaly) const {
    return completed && verdict == Verdict::fail && anomalies.count(anomaly) > 0;
  }
};

class Lab {
 public:
  virtual ~Lab() = default;
  using Next = std::function<std::optional<Trial>()>;
  using Done = std::function<void(const Trial&, const TrialOutcome&)>;
  /// Runs the trials `next` names, several at once, until it names none; `done` gets each outcome. Both are called one
  /// at a time, from any thread. Blocks until the last trial is over. After a stop no further trial begins.
  virtual void run(const Next& next, const Done& done) = 0;
  /// The user wants it to end.
  virtual bool stopped() const = 0;
};

}  // namespace stormproof
