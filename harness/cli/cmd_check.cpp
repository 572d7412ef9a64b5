/// stormproof check: judge a history that already exists.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "harness/base/units.h"
#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "harness/cli/catalog.h"
#include "harness/cli/commands.h"
#include "harness/cli/output.h"
#include "harness/history/history_packer.h"
#include "harness/history/json_lines.h"
#include "harness/plan/plan_json.h"
#include "harness/run/campaign.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {

/// The plan beside a history of ours, if there is one.
std::optional<Plan> plan_beside(const fs::path& history) {
  std::ifstream file(history.parent_path() / "plan.json", std::ios::binary);
  if (!file) return std::nullopt;
  auto plan = plan_from_json(std::string(std::istreambuf_iterator<char>(file), {}), all_kinds());
  if (!plan) return std::nullopt;
  return std::move(plan).value();
}

Result<std::vector<InvariantSpec>> invariants_for(const CheckArgs& args, const std::optional<Plan>& plan) {
  if (!args.invariants.empty()) return parse_invariant_list(args.invariants);
  if (plan) return plan->scenario.invariants;
  return parse_invariant_list("exactly_once");
}

RunSummary summary_of(const CheckResult& checked, const fs::path& history, const std::optional<Plan>& plan) {
  RunSummary summary;
  summary.scenario = plan ? plan->scenario.name : history.filename().string();
  if (plan) {
    summary.scenario_file = plan->scenario.file;
    summary.description = plan->scenario.description;
    summary.cell = plan->scenario.cell;
    summary.seed = plan->seed;
  }
  summary.verdict = checked.verdict;
  summary.counts = checked.counts;
  summary.invariants = checked.invariants;
  summary.unknown_because = checked.unknown_because;
  summary.run_dir = history.parent_path();
  summary.reproduce = "stormproof check " + history.string();
  return summary;
}

/// Exit 3 when the history is not complete: what was written is not all that happened.
ExitCode write_lines(const fs::path& history, const std::string& to) {
  std::ofstream file;
  if (to != "-") {
    file.open(to, std::ios::binary | std::ios::trunc);
    if (!file) return complain(environment_error("cannot write " + to, "choose a file that can be written"));
  }
  const auto report = export_json_lines(history, to == "-" ? std::cout : file);
  if (!report) return complain(report.error());
  return report->complete() ? ExitCode::pass : ExitCode::unknown;
}

ExitCode write_packed(const fs::path& history, const std::string& to) {
  const auto report = pack_history(history, to);
  if (!report) return complain(report.error());
  return report->complete() ? ExitCode::pass : ExitCode::unknown;
}

/// `-`: whatever stands on stdin.
fs::path history_named(const std::string& name) {
  if (name == "-") return "/dev/stdin";
  std::error_code failure;
  const fs::path history = name;
  return fs::is_directory(history, failure) ? history / "history.bin" : history;
}

Result<CheckOptions> options_of(const CheckArgs& args, const std::optional<Plan>& plan) {
  CheckOptions options;
  options.threads = args.threads;
  const auto settle = parse_duration(args.settle);
  if (!settle) return usage_error("--settle: " + settle.error().message, settle.error().hint);
  options.settle = plan && args.settle == CheckArgs{}.settle ? plan->scenario.settle : *settle;
  if (args.memory.empty()) return options;
  const auto memory = parse_size(args.memory);
  if (!memory) return usage_error("--memory: " + memory.error().message, memory.error().hint);
  options.memory = *memory;
  return options;
}

}  // namespace

ExitCode cmd_check(const CheckArgs& args, const Session& session) {
  std::error_code failure;
  const fs::path history = history_named(args.history);
  if (!fs::exists(history, failure)) {
    return complain(usage_error(fmt::format("no such history: {}", history.string()),
                                "name a history file, or a directory that `stormproof run` wrote"));
  }
  if (!args.lines.empty()) return write_lines(history, args.lines);
  if (!args.pack.empty()) return write_packed(history, args.pack);
  const auto plan = plan_beside(history);
  const auto invariants = invariants_for(args, plan);
  if (!invariants) return complain(invariants.error());
  const auto options = options_of(args, plan);
  if (!options) return complain(options.error());
  const auto checked = check_history_file(history, *invariants, *options);
  if (!checked) return complain(checked.error());

  CampaignSummary campaign;
  campaign.started_at = wall_seconds();
  campaign.command_line = session.command_line;
  campaign.version = kVersion;
  campaign.runs.push_back(summary_of(*checked, history, plan));
  const auto listener = console(args.json, session.verbose);
  listener->on_plan(1);
  listener->on_end(0, campaign.runs.front());
  if (!args.out.empty()) {
    campaign.directory = args.out;
    if (Status written = write_reports(campaign); !written) return complain(written.error());
    listener->on_campaign_end(campaign);
  }
  return exit_code_of(campaign);
}

}  // namespace stormproof
