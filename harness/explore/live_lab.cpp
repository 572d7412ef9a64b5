#include "harness/explore/live_lab.h"

#include <fmt/core.h>

#include <mutex>
#include <thread>

#include "harness/explore/features.h"
#include "harness/explore/minimal_toml.h"
#include "harness/plan/planner.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {

/// "kill (healed 12ms before), pause" -> kill, pause
std::set<std::string> fault_names(const std::string& in_force, const std::vector<FaultSummary>& faults) {
  std::set<std::string> names;
  for (const FaultSummary& fault : faults) {
    for (std::size_t at = in_force.find(fault.name); at != std::string::npos; at = in_force.find(fault.name, at + 1)) {
      const std::size_t end = at + fault.name.size();
      const bool whole = end == in_force.size() || in_force[end] == ' ' || in_force[end] == ',';
      if (whole && (at == 0 || in_force[at - 1] == ' ')) names.insert(fault.name);
    }
  }
  return names;
}

}  // namespace

TrialOutcome outcome_of(RunSummary summary) {
  TrialOutcome outcome;
  outcome.completed = summary.outcome == RunOutcome::completed;
  outcome.interrupted = summary.outcome == RunOutcome::interrupted;
  outcome.trouble = summary.trouble;
  outcome.verdict = summary.verdict;
  for (const InvariantResult& invariant : summary.invariants) {
    for (const Anomaly& anomaly : invariant.anomalies) {
      outcome.anomalies.insert(anomaly.kind);
      outcome.blamed.merge(fault_names(anomaly.fault, summary.faults));
    }
  }
  for (const FaultSummary& fault : summary.faults) outcome.fired += fault.fired ? 1 : 0;
  if (outcome.completed) outcome.features = features_of(summary);
  outcome.summary = std::move(summary);
  return outcome;
}

LiveLab::LiveLab(const Scenario& base, const std::string& scenario_text, const Plugins& plugins, LiveLabOptions options)
    : base_(base), scenario_text_(scenario_text), plugins_(plugins), options_(std::move(options)) {}

bool LiveLab::stopped() const { return options_.stop != nullptr && options_.stop->load() > 0; }

TrialOutcome LiveLab::run_one(const Trial& trial, std::size_t number) const {
  // Under the names that minimal.toml will give them, so that its run draws and says the same.
  const Schedule plain = with_plain_names(trial.schedule);
  const Plan plan = make_plan(with_schedule(base_, plain), trial.seed);
  RunOptions options;
  options.directory = options_.directory / fmt::format("{:05}", number);
  options.scenario_text = scenario_text_;
  options.judge_expectation = false;
  options.keep_files = true;
  options.stop = options_.stop;
  Survey survey;
  if (plain.faults.empty()) options.survey = &survey;
  try {
    TrialOutcome outcome = outcome_of(execute_run(plan, plugins_, options));
    std::set<std::string> blamed;
    for (std::size_t i = 0; i < plain.faults.size(); ++i) {
      if (outcome.blamed.count(plain.faults[i].name) > 0) blamed.insert(trial.schedule.faults[i].name);
    }
    outcome.blamed = std::move(blamed);
    outcome.survey = std::move(survey);
    return outcome;
  } catch (const std::exception& failure) {
    // One trial that the harness itself cannot stand must not take the others with it.
    TrialOutcome outcome;
    outcome.trouble = failure.what();
    outcome.summary.run_dir = options.directory;
    return outcome;
  }
}

void LiveLab::run(const Next& next, const Done& done) {
  std::mutex mutex;
  const auto work = [&] {
    while (true) {
      std::optional<Trial> trial;
      std::size_t number = 0;
      {
        const std::lock_guard lock(mutex);
        if (stopped()) return;
        trial = next();
        if (!trial) return;
        number = ++numbered_;
      }
      const TrialOutcome outcome = run_one(*trial, number);
      const std::lock_guard lock(mutex);
      done(*trial, outcome);
      std::error_code ignored;
      if (!options_.keep) fs::remove_all(outcome.summary.run_dir, ignored);
    }
  };
  // Targets die with the thread that spawned them (PR_SET_PDEATHSIG): each worker lives until its last trial is over.
  std::vector<std::jthread> others;
  for (int job = 1; job < options_.jobs; ++job) others.emplace_back(work);
  work();
}

}  // namespace stormproof
