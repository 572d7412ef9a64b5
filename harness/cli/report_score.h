/// What `stormproof report` does with the score: prints it, keeps it as a baseline, compares it with one.
#pragma once

#include <string>

#include "harness/base/exit_code.h"
#include "harness/base/result.h"
#include "harness/cli/commands.h"
#include "harness/model/run_summary.h"

namespace stormproof {

/// Reads --compare, so that a baseline that cannot be read is said before anything is written. Empty without it.
Result<std::vector<ScoreCell>> read_baseline(const std::string& path);

/// The table and what changed on stdout; with args.json one object {"event":"score",…} and one {"event":"compare",…}.
void print_score(const ReportArgs& args, const std::vector<ScoreCell>& score, const std::vector<ScoreCell>& baseline);

/// Writes --save-baseline, if it was given.
Status save_baseline(const ReportArgs& args, const std::vector<ScoreCell>& score);

}  // namespace stormproof
