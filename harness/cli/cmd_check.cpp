/// stormproof check: judge a history that already exists.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "harness/cli/catalog.h"
#include "harness/cli/check_commands.h"
#include "harness/cli/check_input.h"
#include "harness/cli/commands.h"
#include "harness/cli/explain.h"
#include "harness/cli/output.h"
#include "harness/foreign/foreign_history.h"
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

RunSummary summary_of(const CheckResult& checked, const CheckInput& input, const std::optional<Plan>& plan,
                      const Session& session) {
  const fs::path history = input.first();
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
  summary.reproduce = input.native ? "stormproof check " + history.string() : session.command_line;
  return summary;
}

Result<CheckResult> check_foreign(const CheckInput& input, const std::vector<InvariantSpec>& specs,
                                  const CheckOptions& options) {
  ForeignHistory history(input.foreign);
  return check_history(
      history, [&](const auto& on_event) { return read_input(input, on_event); }, specs, options);
}

ExitCode explain(const CheckInput& input, const CheckArgs& args, const std::vector<InvariantSpec>& specs,
                 const CheckOptions& options) {
  Explanation explanation(args.explain);
  Checker checker(specs, options);
  const auto report = read_input(input, [&](const EventView& event) {
    checker.on_event(event);
    explanation.on_event(event);
  });
  if (!report) return complain(report.error());
  if (!explanation.found()) {
    return complain(
        usage_error(fmt::format("no event is about a message '{}'", printable(args.explain)),
                    "ids are compared exactly; `stormproof check HISTORY --lines -` shows those there are"));
  }
  const CheckResult result = checker.finish(*report);
  std::cout << (args.json ? explanation.json(result.invariants) + "\n" : explanation.text(result.invariants));
  return ExitCode::pass;
}

Result<ReadReport> export_lines(const CheckInput& input, std::ostream& out) {
  if (input.native) return export_json_lines(*input.native, out);
  std::string line;
  auto report = read_input(input, [&](const EventView& event) {
    line.clear();
    append_json_line(event, line);
    out << line;
  });
  if (!report) return report;
  if (!report->complete()) {
    line.clear();
    const std::string gap = report->describe();
    append_json_line({.type = EventType::note, .id = "unknown", .by = "harness", .detail = gap}, line);
    out << line;
  }
  out << std::flush;
  if (!out) return environment_error("cannot write the JSON lines", "is the disk full?");
  return report;
}

/// Exit 3 when the history is not complete: what was written is not all that happened.
ExitCode write_lines(const CheckInput& input, const std::string& to) {
  std::ofstream file;
  if (to != "-") {
    file.open(to, std::ios::binary | std::ios::trunc);
    if (!file) return complain(environment_error("cannot write " + to, "choose a file that can be written"));
  }
  const auto report = export_lines(input, to == "-" ? std::cout : file);
  if (!report) return complain(report.error());
  return report->complete() ? ExitCode::pass : ExitCode::unknown;
}

ExitCode write_packed(const CheckInput& input, const std::string& to) {
  if (!input.native) {
    return complain(usage_error("--pack takes a history of ours", "write a foreign one with --lines first"));
  }
  const auto report = pack_history(*input.native, to);
  if (!report) return complain(report.error());
  return report->complete() ? ExitCode::pass : ExitCode::unknown;
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
  if (!args.merge.empty()) return check_merge(args, session);
  if (!args.diff.empty()) return check_diff(args);
  const auto input = check_input(args);
  if (!input) return complain(input.error());
  if (!args.lines.empty()) return write_lines(*input, args.lines);
  if (!args.pack.empty()) return write_packed(*input, args.pack);
  const auto plan = input->native ? plan_beside(*input->native) : std::nullopt;
  const auto invariants = invariants_for(args, plan);
  if (!invariants) return complain(invariants.error());
  auto options = options_of(args, plan);
  if (!options) return complain(options.error());
  options->foreign = !input->native;
  if (!args.explain.empty()) return explain(*input, args, *invariants, *options);
  const auto checked = input->native ? check_history_file(*input->native, *invariants, *options)
                                     : check_foreign(*input, *invariants, *options);
  if (!checked) return complain(checked.error());
  return report_check(summary_of(*checked, *input, plan, session), args, session);
}

ExitCode report_check(RunSummary summary, const CheckArgs& args, const Session& session) {
  CampaignSummary campaign;
  campaign.started_at = wall_seconds();
  campaign.command_line = session.command_line;
  campaign.version = kVersion;
  campaign.runs.push_back(std::move(summary));
  const auto listener = console(args.json, session.verbose);
  listener->on_plan(1);
  listener->on_end(0, campaign.runs.front());
  if (!args.out.empty()) {
    campaign.directory = args.out;
    if (Status written = write_reports(campaign); !written) return complain(written.error());
    if (Status written = write_verdict(campaign.runs.front(), args.out); !written) return complain(written.error());
    listener->on_campaign_end(campaign);
  }
  return exit_code_of(campaign);
}

}  // namespace stormproof
