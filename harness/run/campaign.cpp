#include "harness/run/campaign.h"

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "harness/run/run_dir.h"

namespace stormproof {

namespace {

/// Serialises the calls of several runs in flight.
class Serialised {
 public:
  explicit Serialised(ProgressListener& listener) : listener_(listener) {}
  template <class Call>
  void tell(Call call) {
    const std::lock_guard lock(mutex_);
    call(listener_);
  }

 private:
  std::mutex mutex_;
  ProgressListener& listener_;
};

std::filesystem::path directory_of(const PlannedRun& run, const std::vector<PlannedRun>& all,
                                   const CampaignOptions& options) {
  if (all.size() == 1) return options.directory;
  auto directory = options.directory / file_name_for(run.plan.scenario.name);
  if (!run.plan.scenario.cell.empty()) directory /= file_name_for(cell_name(run.plan.scenario.cell));
  const bool repeated = std::any_of(all.begin(), all.end(), [](const PlannedRun& other) { return other.repeat > 1; });
  if (repeated) directory /= fmt::format("repeat-{}", run.repeat);
  return directory;
}

/// One directory a run, whatever the scenarios are called: two files may bear the same name.
std::vector<std::filesystem::path> directories_of(const std::vector<PlannedRun>& runs, const CampaignOptions& options) {
  std::vector<std::filesystem::path> directories;
  std::set<std::filesystem::path> taken;
  for (const PlannedRun& run : runs) {
    const std::filesystem::path wanted = directory_of(run, runs, options);
    std::filesystem::path free = wanted;
    for (int n = 2; !taken.insert(free).second; ++n) free = wanted.string() + fmt::format("-{}", n);
    directories.push_back(std::move(free));
  }
  return directories;
}

}  // namespace

CampaignSummary execute_campaign(const std::vector<PlannedRun>& runs, const Plugins& plugins,
                                 const CampaignOptions& options, ProgressListener& listener) {
  CampaignSummary campaign;
  campaign.started_at = wall_seconds();
  campaign.command_line = options.command_line;
  campaign.version = options.version;
  campaign.directory = options.directory;
  const SteadyClock clock;
  Serialised progress(listener);
  listener.on_plan(runs.size());

  const std::vector<std::filesystem::path> directories = directories_of(runs, options);
  std::vector<std::optional<RunSummary>> done(runs.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < runs.size(); i = next++) {
      if (options.stop != nullptr && options.stop->load() > 0) return;
      const PlannedRun& run = runs[i];
      progress.tell(
          [&](ProgressListener& l) { l.on_begin(i, run.plan.scenario.name, run.plan.scenario.cell, run.plan.seed); });
      RunOptions run_options;
      run_options.directory = directories[i];
      run_options.scenario_text = run.scenario_text;
      run_options.judge_expectation = options.judge_expectation;
      run_options.keep_files = options.keep_files;
      run_options.stop = options.stop;
      run_options.api = options.api;
      run_options.on_api = options.on_api;
      run_options.on_live = [&](ProgressListener::Live live) {
        live.run = i;
        progress.tell([&](ProgressListener& l) { l.on_live(live); });
      };
      done[i] = execute_run(run.plan, plugins, run_options);
      done[i]->repeat = run.repeat;
      progress.tell([&](ProgressListener& l) { l.on_end(i, *done[i]); });
    }
  };
  // The first worker is this thread; targets die with the thread that spawned them (PR_SET_PDEATHSIG), so each
  // worker lives until its last run is over.
  std::vector<std::jthread> others;
  for (int job = 1; job < options.jobs && static_cast<std::size_t>(job) < runs.size(); ++job) others.emplace_back(work);
  work();
  others.clear();

  for (std::optional<RunSummary>& summary : done) {
    if (summary) campaign.runs.push_back(std::move(*summary));
  }
  campaign.duration = clock.now();
  return campaign;
}

ExitCode exit_code_of(const RunSummary& run) {
  switch (run.outcome) {
    case RunOutcome::environment: return ExitCode::environment;
    case RunOutcome::interrupted: return ExitCode::interrupted;
    case RunOutcome::completed: break;
  }
  switch (run.effective()) {
    case Verdict::pass: return ExitCode::pass;
    case Verdict::unknown: return ExitCode::unknown;
    case Verdict::fail: return ExitCode::fail;
  }
  return ExitCode::unknown;
}

ExitCode exit_code_of(const CampaignSummary& campaign) {
  ExitCode code = ExitCode::pass;
  for (const RunSummary& run : campaign.runs) code = merge(code, exit_code_of(run));
  return code;
}

}  // namespace stormproof
