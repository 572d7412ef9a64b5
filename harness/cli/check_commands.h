/// The ways of `stormproof check` that have a file of their own.
#pragma once

#include "harness/base/result.h"
#include "harness/cli/commands.h"
#include "harness/model/run_summary.h"

namespace stormproof {

ExitCode check_diff(const CheckArgs& args);
ExitCode check_merge(const CheckArgs& args, const Session& session);

/// A verdict.json, or the one in a directory. A usage error when it is not there or none.
Result<RunSummary> read_verdict_at(const std::string& named);

/// Tells the console of one judged history, and writes all reports where --out says.
ExitCode report_check(RunSummary summary, const CheckArgs& args, const Session& session);

}  // namespace stormproof
