/// A lab without processes: a function says with which probability a schedule fails.
#pragma once

#include <functional>
#include <utility>

#include "harness/base/rng.h"
#include "harness/explore/lab.h"

namespace stormproof {

class SimulatedLab final : public Lab {
 public:
  using Rate = std::function<double(const Schedule&)>;
  SimulatedLab(Rate rate, std::uint64_t seed) : rate_(std::move(rate)), rng_(seed) {}

  std::string anomaly = "lost";
  std::function<std::set<std::string>(const Schedule&)> features;  ///< may be empty
  std::function<bool(const Trial&)> breaks;                        ///< trials that cannot be run; may be empty
  std::size_t trials = 0;
  std::size_t stop_after = SIZE_MAX;
  std::function<void(const Trial&)> on_trial;

  void run(const Next& next, const Done& done) override {
    while (!stopped()) {
      const std::optional<Trial> trial = next();
      if (!trial) return;
      ++trials;
      if (on_trial) on_trial(*trial);
      done(*trial, outcome(*trial));
    }
  }
  bool stopped() const override { return trials >= stop_after; }

 private:
  TrialOutcome outcome(const Trial& trial) {
    TrialOutcome result;
    if (breaks && breaks(trial)) {
      result.trouble = "no such program";
      return result;
    }
    result.completed = true;
    const bool fails = rng_.chance(rate_(trial.schedule));
    result.verdict = fails ? Verdict::fail : Verdict::pass;
    if (fails) result.anomalies = {anomaly};
    if (features) result.features = features(trial.schedule);
    result.summary.counts.effects = result.summary.counts.attempted = 1000;
    result.summary.links = {{"feed", 4, 1000, 300000}};
    result.summary.duration = std::chrono::seconds(1);
    result.summary.verdict = result.verdict;
    return result;
  }

  Rate rate_;
  Rng rng_;
};

}  // namespace stormproof
