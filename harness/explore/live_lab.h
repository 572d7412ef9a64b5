/// Trials against live processes: each in a directory of its own, with ports and stores of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/explore/lab.h"
#include "harness/run/run.h"

namespace stormproof {

struct LiveLabOptions {
  std::filesystem::path directory;  ///< trials are made below it
  int jobs = 1;
  bool keep = false;                ///< also directories of trials nobody asked to keep
  const StopLevel* stop = nullptr;  ///< may be null
};

class LiveLab final : public Lab {
 public:
  /// `base`: the scenario whose faults are replaced. All must outlive it.
  LiveLab(const Scenario& base, const std::string& scenario_text, const Plugins& plugins, LiveLabOptions options);

  void run(const Next& next, const Done& done) override;
  bool stopped() const override;

 private:
  TrialOutcome run_one(const Trial& trial, std::size_t number) const;

  const Scenario& base_;
  const std::string& scenario_text_;
  const Plugins& plugins_;
  const LiveLabOptions options_;
  std::size_t numbered_ = 0;
};

/// What is to be learned from a finished run whose directory still stands.
TrialOutcome outcome_of(RunSummary summary);

}  // namespace stormproof
