/// verdict.json and report.json: a judged run, a judged campaign, complete enough to render every report again.
/// Schema 1 is stable: keys may be added, none is renamed or removed without a new number. Times are seconds with
/// nanosecond precision; bytes that are not UTF-8 are written as \xNN.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/model/run_summary.h"

namespace stormproof {

enum class JsonLayout {
  pretty,    ///< indented by two, ends with a newline
  one_line,  ///< no newline at all
};

/// Design §7. Leaves out where the run directory lies: the file lies in it.
std::string verdict_json(const RunSummary& run, JsonLayout layout = JsonLayout::pretty);

/// The way back; `run_dir` stays empty. Unknown keys are ignored, absent ones take their defaults. A usage error names
/// what is wrong: not JSON, another schema, a value of the wrong type.
Result<RunSummary> verdict_from_json(std::string_view text);

/// Each run as in verdict.json plus "run_dir", relative to the campaign's directory where it lies below it.
std::string campaign_json(const CampaignSummary& campaign, JsonLayout layout = JsonLayout::pretty);

/// `directory` is where the file lies; relative run directories count from there.
Result<CampaignSummary> campaign_from_json(std::string_view text, const std::filesystem::path& directory);

/// For `--json`: one line for a finished run (verdict.json plus "event":"run" and "run_dir") and one for the end of the
/// campaign ("event":"campaign", totals, "directory"). Without newline.
std::string run_event_json(const RunSummary& run);
std::string campaign_event_json(const CampaignSummary& campaign);

}  // namespace stormproof
