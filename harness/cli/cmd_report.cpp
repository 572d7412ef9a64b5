/// stormproof report: render stored verdicts again.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/cli/commands.h"
#include "harness/cli/output.h"
#include "harness/cli/report_score.h"
#include "harness/run/campaign.h"
#include "reports/score.h"
#include "reports/verdict_json.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {

/// The verdict.json files at or below a directory, sorted.
std::vector<fs::path> verdict_files(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code failure;
  if (fs::is_regular_file(directory / "verdict.json", failure)) return {directory / "verdict.json"};
  for (fs::recursive_directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().filename() == "verdict.json") files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<RunSummary> read_verdict(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  auto summary = verdict_from_json(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!summary) {
    return usage_error(fmt::format("{}: {}", path.string(), summary.error().message), summary.error().hint);
  }
  summary->run_dir = path.parent_path();
  return summary;
}

}  // namespace

ExitCode cmd_report(const ReportArgs& args, const Session& session) {
  const auto baseline = read_baseline(args.compare);
  if (!baseline) return complain(baseline.error());
  CampaignSummary campaign;
  campaign.started_at = wall_seconds();
  campaign.command_line = session.command_line;
  campaign.version = kVersion;
  campaign.directory = args.out.empty() ? args.runs.front() : args.out;
  for (const std::string& named : args.runs) {
    const auto files = verdict_files(named);
    if (files.empty()) {
      return complain(
          usage_error(fmt::format("{} holds no verdict.json", named), "name directories that `stormproof run` wrote"));
    }
    for (const fs::path& file : files) {
      auto summary = read_verdict(file);
      if (!summary) return complain(summary.error());
      campaign.duration += summary->duration;
      campaign.runs.push_back(std::move(summary).value());
    }
  }
  campaign.score = score_of(campaign);
  if (Status written = write_reports(campaign); !written) return complain(written.error());
  if (Status saved = save_baseline(args, campaign.score); !saved) return complain(saved.error());
  const auto listener = console(args.json, session.verbose);
  listener->on_plan(campaign.runs.size());
  for (std::size_t i = 0; i < campaign.runs.size(); ++i) listener->on_end(i, campaign.runs[i]);
  listener->on_campaign_end(campaign);
  print_score(args, campaign.score, *baseline);
  if (args.compare.empty()) return exit_code_of(campaign);
  // A gate against a baseline: what failed then and still does is known.
  return compare(*baseline, campaign.score).regressed() ? ExitCode::fail : ExitCode::pass;
}

}  // namespace stormproof
