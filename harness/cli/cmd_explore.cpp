/// stormproof explore: random schedules of faults, shrunk.
#include <fmt/core.h>

#include <iostream>
#include <thread>

#include "harness/base/rng.h"
#include "harness/base/units.h"
#include "harness/cli/catalog.h"
#include "harness/cli/commands.h"
#include "harness/cli/explore_output.h"
#include "harness/cli/output.h"
#include "harness/cli/read_options.h"
#include "harness/cli/stop_signal.h"
#include "harness/explore/live_lab.h"
#include "harness/explore/minimal_toml.h"
#include "harness/scenario/diagnostics.h"
#include "harness/scenario/scenario_reader.h"
#include "harness/supervise/guard.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {

/// One scenario, one cell.
std::variant<ScenarioFile, ExitCode> read_cell(const ExploreArgs& args) {
  const auto options = read_options(args.set, {});
  if (!options) return complain(options.error());
  ScenarioFile file = read_scenario_file(args.scenario, all_kinds(), *options);
  if (!file.ok()) {
    std::cerr << render(file);
    return ExitCode::usage;
  }
  if (file.cells.size() == 1) return file;
  const auto& [key, values] = file.cells.front().matrix.front();
  return complain(
      usage_error(fmt::format("{} has a matrix of {} cells; explore takes one", args.scenario, file.cells.size()),
                  fmt::format("choose it: --set {}={}", key, values.front())));
}

Result<ExploreOptions> options_of(const ExploreArgs& args, const Scenario& scenario, const std::string& text) {
  const ExploreSpec spec = scenario.explore.value_or(ExploreSpec{});
  ExploreOptions options;
  options.runs = args.runs.value_or(spec.runs);
  options.lasts = spec.lasts;
  if (!args.lasts.empty()) {
    const auto lasts = parse_duration(args.lasts);
    if (!lasts) return usage_error("--for: " + lasts.error().message, "for example --for 10m");
    options.lasts = *lasts;
  }
  options.patience = args.patience.value_or(spec.patience);
  const std::uint64_t wanted = args.seed.value_or(0) != 0 ? *args.seed : scenario.seed;
  options.seed = wanted != 0 ? wanted : draw_seed();
  options.guided = !args.blind;
  options.keep_going = args.keep_going;
  options.shrink_budget = args.shrink_budget;
  if (can_lower_messages(text, scenario)) options.messages = workload_of(scenario)->messages;
  return options;
}

/// Trials mostly wait, so several fit on a core: three make a quarter more of them a minute than two, four hardly more.
int jobs_of(const ExploreArgs& args) {
  return args.jobs > 0 ? args.jobs : 3 * static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

ExitCode cmd_explore(const ExploreArgs& args, const Session& session) {
  auto read = read_cell(args);
  if (const ExitCode* code = std::get_if<ExitCode>(&read)) return *code;
  const ScenarioFile& file = std::get<ScenarioFile>(read);
  const Scenario& scenario = file.cells.front();
  auto options = options_of(args, scenario, file.text);
  if (!options) return complain(options.error());
  auto palette = make_palette(scenario, all_kinds());
  if (!palette) return complain(palette.error());
  if (args.max_faults) palette->max_faults = static_cast<std::size_t>(*args.max_faults);
  if (args.min_faults) palette->min_faults = static_cast<std::size_t>(*args.min_faults);
  palette->max_faults = std::max(palette->max_faults, palette->min_faults);
  options->directory = args.out.empty() ? default_out("explore-" + scenario.name) : fs::path(args.out);
  std::error_code failure;
  fs::create_directories(options->directory / "trials", failure);
  if (failure) {
    return complain(
        environment_error(fmt::format("cannot create {}: {}", options->directory.string(), failure.message()),
                          "choose a writable place with --out DIR"));
  }
  // Before the first thread: the guard is a fork of this process.
  auto guard = Guard::start();
  if (!guard) return complain(guard.error());
  catch_stop_signals();
  const Plugins plugins = all_plugins(guard->get());
  LiveLab lab(scenario, file.text, plugins,
              {.directory = options->directory / "trials", .jobs = jobs_of(args), .stop = &stop_level()});
  ExploreConsole progress(options->runs, args.json);
  if (!args.json) std::cerr << fmt::format("seed: {}\n", options->seed);
  const ExploreReport report = explore(*palette, lab, *options, progress);
  progress.end();
  fs::remove_all(options->directory / "trials", failure);
  const Exploration exploration{scenario, file.text, report, options->seed, options->directory, args.save, session};
  const Status written = write_exploration(exploration);
  args.json ? print_exploration_json(exploration) : print_exploration(exploration);
  ExitCode code = exit_code_of(report);
  if (!written) code = merge(code, complain(written.error()));
  return code;
}

}  // namespace stormproof
