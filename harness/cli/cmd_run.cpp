/// stormproof run and stormproof replay.
#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "harness/cli/catalog.h"
#include "harness/cli/commands.h"
#include "harness/cli/output.h"
#include "harness/cli/read_options.h"
#include "harness/cli/stop_signal.h"
#include "harness/cli/tally.h"
#include "harness/plan/plan_json.h"
#include "harness/plan/planner.h"
#include "harness/proxy/go_address.h"
#include "harness/run/campaign.h"
#include "harness/scenario/diagnostics.h"
#include "harness/scenario/scenario_reader.h"
#include "harness/supervise/guard.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {

struct Campaign {
  std::vector<PlannedRun> runs;
  std::string name;
  bool tally = false;  ///< --flaky, or a scenario that `explore` found
};

/// A directory stands for the scenarios in it; one without any is left for the reader to complain about.
std::vector<std::string> scenario_paths(const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  for (const std::string& argument : arguments) {
    std::vector<std::string> inside;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(argument, ignored)) {
      if (entry.path().extension() == ".toml") inside.push_back(entry.path().string());
    }
    std::sort(inside.begin(), inside.end());
    if (inside.empty()) inside.push_back(argument);
    paths.insert(paths.end(), inside.begin(), inside.end());
  }
  return paths;
}

/// All scenarios are read before anything is started: one mistake anywhere and nothing runs.
std::variant<Campaign, ExitCode> plan_campaign(const RunArgs& args) {
  const auto options = read_options(args.set, args.only);
  if (!options) return complain(options.error());
  Campaign campaign;
  campaign.tally = args.flaky > 0;
  const int repeats = campaign.tally ? args.flaky : args.repeat;
  const std::vector<std::string> paths = scenario_paths(args.scenarios);
  bool mistakes = false;
  for (const std::string& path : paths) {
    const ScenarioFile file = read_scenario_file(path, all_kinds(), *options);
    if (!file.ok()) {
      std::cerr << render(file);
      mistakes = true;
      continue;
    }
    for (const Scenario& cell : file.cells) {
      campaign.tally = campaign.tally || cell.origin.has_value();
      const std::uint64_t wanted = args.seed.value_or(0) != 0 ? *args.seed : cell.seed;
      const std::uint64_t seed = wanted != 0 ? wanted : draw_seed();
      for (int repeat = 1; repeat <= repeats; ++repeat) {
        // Repetitions differ in their chance, but follow from the first seed.
        const std::uint64_t own = repeat == 1 ? seed : Rng(seed).fork(std::to_string(repeat)).next() >> 11U;
        campaign.runs.push_back({make_plan(cell, own), file.text, repeat});
      }
    }
  }
  if (mistakes) return ExitCode::usage;
  campaign.name = paths.size() == 1 ? campaign.runs.front().plan.scenario.name : "campaign";
  return campaign;
}

ExitCode execute(const Campaign& campaign, CampaignOptions options, bool json, const Session& session) {
  // Before the first thread: the guard is a fork of this process.
  auto guard = Guard::start();
  if (!guard) return complain(guard.error());
  catch_stop_signals();
  options.command_line = session.command_line;
  options.version = kVersion;
  options.stop = &stop_level();
  std::error_code failure;
  fs::create_directories(options.directory, failure);
  if (failure) {
    return complain(
        environment_error(fmt::format("cannot create {}: {}", options.directory.string(), failure.message()),
                          "choose a writable place with --out DIR"));
  }
  const auto listener = console(json, session.verbose);
  VerdictWriter writer(*listener);
  const CampaignSummary summary = execute_campaign(campaign.runs, all_plugins(guard->get()), options, writer);
  const Status reported = write_reports(summary);
  listener->on_campaign_end(summary);
  if (campaign.tally) std::cout << (json ? tally_json(campaign.runs, summary) : tally_text(campaign.runs, summary));
  ExitCode code = exit_code_of(summary);
  if (stop_level() > 0) code = ExitCode::interrupted;
  for (const Status* status : {&writer.status(), &reported}) {
    if (!*status) code = merge(code, complain(status->error()));
  }
  return code;
}

/// Pokes belong to one run: with several it would be chance whose links they meet.
Status offer_api(const std::string& address, const Campaign& campaign, CampaignOptions& options) {
  if (address.empty()) return {};
  if (campaign.runs.size() != 1) {
    return usage_error(fmt::format("--api is for one run, and these are {}", campaign.runs.size()),
                       "choose one with --only, and leave out --repeat");
  }
  if (campaign.runs.front().plan.scenario.links.empty()) {
    return usage_error("--api has nothing to offer: the scenario has no links", "give it a [links.NAME]");
  }
  if (const auto resolved = resolve_listen(address); !resolved) {
    return usage_error("--api: " + resolved.error().message, "an address is HOST:PORT, e.g. 127.0.0.1:0");
  }
  options.api = address;
  options.on_api = [](const std::string& where) { std::cerr << "api http://" + where + '\n'; };
  return {};
}

}  // namespace

ExitCode cmd_run(const RunArgs& args, const Session& session) {
  auto planned = plan_campaign(args);
  if (const ExitCode* code = std::get_if<ExitCode>(&planned)) return *code;
  const Campaign& campaign = std::get<Campaign>(planned);
  CampaignOptions options;
  options.directory = args.out.empty() ? default_out(campaign.name) : fs::path(args.out);
  options.jobs = args.jobs > 0 ? args.jobs : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options.judge_expectation = !args.no_expect;
  options.keep_files = args.keep;
  if (const Status possible = offer_api(args.api, campaign, options); !possible) return complain(possible.error());
  return execute(campaign, std::move(options), args.json, session);
}

ExitCode cmd_replay(const ReplayArgs& args, const Session& session) {
  const fs::path run = args.run;
  std::ifstream file(run / "plan.json", std::ios::binary);
  if (!file) {
    return complain(usage_error(fmt::format("{} is not the directory of a run: it holds no plan.json", args.run),
                                "name a directory that `stormproof run` wrote"));
  }
  const auto slurp = [](std::istream& in) { return std::string(std::istreambuf_iterator<char>(in), {}); };
  auto plan = plan_from_json(slurp(file), all_kinds());
  if (!plan) return complain(plan.error());
  std::ifstream scenario(run / "scenario.toml", std::ios::binary);
  Campaign campaign;
  campaign.name = plan->scenario.name;
  campaign.runs.push_back({std::move(plan).value(), slurp(scenario), 1});
  CampaignOptions options;
  options.directory = args.out.empty() ? default_out("replay-" + campaign.name) : fs::path(args.out);
  options.judge_expectation = false;
  options.keep_files = args.keep;
  return execute(campaign, std::move(options), args.json, session);
}

}  // namespace stormproof
