#include "harness/cli/explore_output.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/cli/catalog.h"
#include "harness/cli/output.h"
#include "harness/explore/explainer.h"
#include "harness/explore/minimal_toml.h"
#include "harness/run/run_dir.h"
#include "harness/scenario/scenario_reader.h"
#include "reports/verdict_json.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {

Status write_text(const fs::path& file, const std::string& text) {
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (out) return {};
  return environment_error(fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)),
                           "check the free space and the rights of the output directory");
}

std::string plural(std::size_t count, const std::string& word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string_view end_words(ExploreEnd end) {
  switch (end) {
    case ExploreEnd::runs: return "all trials done";
    case ExploreEnd::time: return "the time is up";
    case ExploreEnd::patience: return "nothing new for a while";
    case ExploreEnd::found: return "a failure was found";
    case ExploreEnd::stopped: return "interrupted";
    case ExploreEnd::no_probe: return "the probing run did not pass";
    case ExploreEnd::no_trials: return "the trials could not be run";
  }
  return "?";
}

/// What was written must be what was run.
Status check_minimal(const std::string& file, const std::string& text, const Finding& finding) {
  const ScenarioFile read = read_scenario_text(file, text, all_kinds(), {});
  const Error differs =
      internal_error(file + " does not say what was run; use `stormproof replay` on the run's directory");
  if (!read.ok() || read.cells.size() != 1) return differs;
  Schedule schedule{read.cells.front().faults, finding.shrunk.schedule.messages};
  const auto workload = workload_of(read.cells.front());
  const bool same_work = schedule.messages == 0 || (workload && workload->messages == schedule.messages);
  if (same_work && to_text(schedule) == to_text(with_plain_names(finding.shrunk.schedule))) return {};
  return differs;
}

Status write_finding(const Exploration& exploration, std::size_t index) {
  const Finding& finding = exploration.report.findings[index];
  const fs::path file = minimal_file(exploration, index);
  const std::string text = minimal_text(exploration, finding);
  if (Status written = write_text(file, text); !written) return written;
  const std::string story = explain_markdown(finding, all_kinds().faults);
  if (Status written = write_text(fs::path(file).replace_extension(".md"), story); !written) return written;
  const RunSummary& shown = finding.minimal_run ? *finding.minimal_run : finding.run;
  if (Status written = write_text(shown.run_dir / "explain.md", story); !written) return written;
  if (!exploration.save.empty()) {
    const fs::path saved = fs::path(exploration.save) / (signature(finding) + ".toml");
    std::error_code ignored;
    if (!fs::exists(saved, ignored)) {
      if (Status written = write_text(saved, text); !written) return written;
    }
  }
  return check_minimal(file.string(), text, finding);
}

/// Its directory stands as long as it was moved to where it stays.
std::vector<RunSummary> kept_runs(const Exploration& exploration) {
  std::vector<RunSummary> runs;
  for (const Finding& finding : exploration.report.findings) {
    if (finding.minimal_run) runs.push_back(*finding.minimal_run);
    runs.push_back(finding.run);
  }
  return runs;
}

}  // namespace

ExploreConsole::ExploreConsole(int runs, bool quiet)
    : runs_(runs), quiet_(quiet), live_(!quiet && ::isatty(STDERR_FILENO) != 0) {}

void ExploreConsole::say(const std::string& line) {
  if (quiet_) return;
  end();
  std::cerr << line << '\n';
}

void ExploreConsole::end() {
  if (line_open_) std::cerr << "\r\033[K";
  line_open_ = false;
}

void ExploreConsole::on_probe(const RunSummary& run) {
  say(fmt::format("probe: {} without faults, {} effects in {}", to_string(run.verdict), run.counts.effects,
                  human_duration(run.duration)));
}

void ExploreConsole::on_trial(const ExploreProgress& progress) {
  constexpr std::size_t kPlainEvery = 10;
  const std::string line =
      fmt::format("explore: {} of {} trials, {} features, {} failed, {} unknown, {:.0f} a minute", progress.trials,
                  runs_, progress.features, progress.failed, progress.unknown, progress.per_minute);
  if (live_) {
    std::cerr << "\r\033[K" << line << std::flush;
    line_open_ = true;
  } else if (progress.trials % kPlainEvery == 0) {
    say(line);
  }
}

void ExploreConsole::on_found(const Finding& finding) {
  say(fmt::format("found: {} in trial {}, {}", finding.anomaly, finding.found_at,
                  plural(finding.trial.schedule.faults.size(), "fault")));
}

void ExploreConsole::on_shrink(const std::string& step) { say("shrink: " + step); }

fs::path minimal_file(const Exploration& exploration, std::size_t index) {
  const std::string& anomaly = exploration.report.findings[index].anomaly;
  return exploration.directory / (index == 0 ? "minimal.toml" : fmt::format("minimal-{}.toml", anomaly));
}

std::string signature(const Finding& finding) {
  std::set<std::string> kinds;
  for (const FaultSpec& fault : finding.shrunk.schedule.faults) kinds.insert(fault.kind);
  std::string name = finding.run.scenario + '-' + finding.anomaly;
  for (const std::string& kind : kinds) name += '-' + kind;
  return file_name_for(name);
}

std::string minimal_text(const Exploration& exploration, const Finding& finding) {
  const ShrinkResult& shrunk = finding.shrunk;
  MinimalNotes notes;
  notes.name = signature(finding);
  notes.description = fmt::format("{} through {}", finding.anomaly, plural(shrunk.schedule.faults.size(), "fault"));
  notes.comments = {
      "Found by: " + printable(exploration.session.command_line),
      fmt::format("seed {}, trial {}; {}", exploration.seed, finding.found_at, summary_line(finding)),
      "Run it:   stormproof run THIS-FILE; it fails with: " + finding.anomaly,
  };
  notes.anomaly = finding.anomaly;
  notes.reproduced = shrunk.failures;
  notes.repeated = shrunk.runs;
  return minimal_toml(exploration.text, exploration.scenario, shrunk.schedule, all_kinds().faults, notes);
}

Status write_exploration(const Exploration& exploration) {
  Status status;
  const auto keep = [&](Status written) {
    if (status && !written) status = std::move(written);
  };
  for (std::size_t i = 0; i < exploration.report.findings.size(); ++i) keep(write_finding(exploration, i));
  CampaignSummary campaign;
  campaign.started_at = wall_seconds();
  campaign.command_line = exploration.session.command_line;
  campaign.version = kVersion;
  campaign.directory = exploration.directory;
  campaign.runs = kept_runs(exploration);
  for (const RunSummary& run : campaign.runs) {
    campaign.duration += run.duration;
    keep(write_text(run.run_dir / "verdict.json", verdict_json(run)));
  }
  if (!campaign.runs.empty()) keep(write_reports(campaign));
  return status;
}

void print_exploration(const Exploration& exploration) {
  const ExploreReport& report = exploration.report;
  std::cout << fmt::format("{}, seed {}: {} in {}, {}; {}\n", exploration.scenario.file, exploration.seed,
                           plural(report.trials, "trial"), human_duration(report.duration),
                           plural(report.features, "feature"), end_words(report.end));
  if (report.unknown > 0) {
    std::cout << fmt::format("  {} passed, {} unknown: not all of their faults could strike\n", report.passed,
                             report.unknown);
  }
  if (!report.trouble.empty()) std::cout << "  " << printable(report.trouble) << '\n';
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    const Finding& finding = report.findings[i];
    const std::string minimal = minimal_file(exploration, i).string();
    std::cout << fmt::format("\nFAIL {} in trial {} after {}; {}, {}\n\n", finding.anomaly, finding.found_at,
                             human_duration(finding.found_after), summary_line(finding),
                             plural(static_cast<std::size_t>(finding.shrunk.trials), "trial") + " to shrink");
    std::cout << faults_toml(with_plain_names(finding.shrunk.schedule), all_kinds().faults);
    std::cout << fmt::format("scenario: {}\nwhy:      {}\nagain:    stormproof run {}\n", minimal,
                             fs::path(minimal).replace_extension(".md").string(), minimal);
    if (!exploration.save.empty()) {
      std::cout << fmt::format("corpus:   {}\n",
                               (fs::path(exploration.save) / (signature(finding) + ".toml")).string());
    }
  }
}

void print_exploration_json(const Exploration& exploration) {
  const ExploreReport& report = exploration.report;
  const auto seconds = [](Nanos t) { return std::chrono::duration<double>(t).count(); };
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    const Finding& finding = report.findings[i];
    const ShrinkResult& shrunk = finding.shrunk;
    findings.push_back({{"anomaly", finding.anomaly},
                        {"trial", finding.found_at},
                        {"seconds", seconds(finding.found_after)},
                        {"faults", finding.trial.schedule.faults.size()},
                        {"minimal_faults", shrunk.schedule.faults.size()},
                        {"reproduced", shrunk.failures},
                        {"repeated", shrunk.runs},
                        {"shrink_trials", shrunk.trials},
                        {"trials_to_fewest_faults", shrunk.trials_to_fewest_faults},
                        {"minimal", minimal_file(exploration, i).string()}});
  }
  const nlohmann::ordered_json out = {{"schema", 1},
                                      {"scenario", exploration.scenario.name},
                                      {"seed", exploration.seed},
                                      {"end", end_words(report.end)},
                                      {"trouble", report.trouble},
                                      {"trials", report.trials},
                                      {"passed", report.passed},
                                      {"failed", report.failed},
                                      {"unknown", report.unknown},
                                      {"unknown_because", report.unknown_because},
                                      {"could_not", report.could_not},
                                      {"shrink_trials", report.shrink_trials},
                                      {"features", report.features},
                                      {"reached", report.reached},
                                      {"duration", seconds(report.duration)},
                                      {"findings", std::move(findings)}};
  std::cout << out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

ExitCode exit_code_of(const ExploreReport& report) {
  if (report.end == ExploreEnd::stopped) return ExitCode::interrupted;
  if (!report.findings.empty()) return ExitCode::fail;
  if (report.end == ExploreEnd::no_trials) return ExitCode::environment;
  if (report.end == ExploreEnd::no_probe) {
    const bool judged = report.probe && report.probe->outcome == RunOutcome::completed;
    return judged ? ExitCode::unknown : ExitCode::environment;
  }
  return report.passed > 0 ? ExitCode::pass : ExitCode::unknown;
}

}  // namespace stormproof
