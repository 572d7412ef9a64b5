/// Many runs: cells × repetitions of one or more scenarios, some of them at once.
#pragma once

#include <vector>

#include "harness/api/report.h"
#include "harness/base/exit_code.h"
#include "harness/run/run.h"

namespace stormproof {

struct PlannedRun {
  Plan plan;
  std::string scenario_text;
  int repeat = 1;
};

struct CampaignOptions {
  std::filesystem::path directory;  ///< of the campaign; a single run uses it as its run directory
  int jobs = 1;
  bool judge_expectation = true;
  bool keep_files = false;
  std::string command_line;
  std::string version;
  const StopLevel* stop = nullptr;
  std::string api;  ///< as in RunOptions; for a campaign of one run
  std::function<void(const std::string&)> on_api;
};

/// Blocks until all runs are over. Runs that had not begun when the stop came are left out.
CampaignSummary execute_campaign(const std::vector<PlannedRun>& runs, const Plugins& plugins,
                                 const CampaignOptions& options, ProgressListener& listener);

ExitCode exit_code_of(const RunSummary& run);
ExitCode exit_code_of(const CampaignSummary& campaign);

}  // namespace stormproof
