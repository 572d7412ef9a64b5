/// One run, from plan to verdict.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>

#include "harness/api/report.h"
#include "harness/model/plan.h"
#include "harness/model/run_summary.h"
#include "harness/run/plugins.h"
#include "harness/run/survey.h"

namespace stormproof {

/// Raised by the signal handler: 1 = stop in good order, 2 = kill at once.
using StopLevel = std::atomic<int>;

struct RunOptions {
  std::filesystem::path directory;  ///< made by the run
  std::string scenario_text;        ///< stored as RUN/scenario.toml
  bool judge_expectation = true;
  bool keep_files = false;          ///< also after a pass
  const StopLevel* stop = nullptr;  ///< may be null
  /// Not empty: where the API of the links listens while the run drives; `on_api` is told the address then.
  std::string api;
  std::function<void(const std::string&)> on_api;
  /// Progress about ten times a second, on the thread of the run; may be empty.
  std::function<void(ProgressListener::Live)> on_live;
  Survey* survey = nullptr;  ///< filled when given
};

/// Blocks until the run is over; everything it started is gone then, whatever happened. The calling thread spawns the
/// targets, so it must live at least that long (it does: this returns after).
RunSummary execute_run(const Plan& plan, const Plugins& plugins, const RunOptions& options);

/// Fills expected, as_expected and expect_detail from the scenario's [[expect]].
void judge_expectation(const Scenario& scenario, RunSummary& summary);

}  // namespace stormproof
