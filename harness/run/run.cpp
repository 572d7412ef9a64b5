#include "harness/run/run.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/check/checker.h"
#include "harness/check/live_check.h"
#include "harness/history/history_writer.h"
#include "harness/plan/plan_json.h"
#include "harness/run/api_door.h"
#include "harness/run/event_loop.h"
#include "harness/run/fault_director.h"
#include "harness/run/gauge_sampler.h"
#include "harness/run/live_ledger.h"
#include "harness/run/phase_fsm.h"
#include "harness/run/quiet_clock.h"
#include "harness/run/run_dir.h"
#include "harness/run/stage.h"
#include "harness/supervise/proc_fs.h"

namespace stormproof {

namespace {

constexpr Nanos kTick = std::chrono::milliseconds(5);
constexpr Nanos kLiveEvery = std::chrono::milliseconds(100);

/// The passes of a run, each taking what the one before left: set the stage, drive, heal, drain, stop, check.
class Run {
 public:
  Run(const Plan& plan, const Plugins& plugins, const RunOptions& options, RunDir dir)
      : plan_(plan), plugins_(plugins), options_(options), dir_(std::move(dir)) {}

  RunSummary execute() {
    summary_.run_dir = dir_.root();
    Status status = write_plan();
    if (status) status = open_history();
    if (status) {
      enter("setup");
      status = set_stage();
      if (status && !interrupted()) status = drive_and_drain();
      take_down();  // also when the stage could not be set: whatever stands, falls
    }
    if (!status) {
      could_not(status.error());
    } else {
      check();
    }
    summary_.duration = clock_.now();
    return std::move(summary_);
  }

 private:
  const Scenario& scenario() const { return plan_.scenario; }
  int stop_level() const { return options_.stop == nullptr ? 0 : options_.stop->load(); }
  bool interrupted() const { return stop_level() > 0; }
  void could_not(const Error& error) {
    summary_.outcome = RunOutcome::environment;
    summary_.trouble = error.message;
    summary_.hint = error.hint;
  }
  void enter(std::string_view phase) {
    phase_ = phase;
    ledger_->record({.type = EventType::phase, .by = phase});
    if (sampler_) sampler_->soon();
  }
  void because_unknown(const std::string& why) {
    ledger_->record({.type = EventType::note, .id = "unknown", .by = "harness", .detail = why});
  }

  Status write_plan() {
    if (Status s = dir_.write_file(dir_.scenario(), options_.scenario_text); !s) return s;
    return dir_.write_file(dir_.plan(), plan_to_json(plan_));
  }

  Status open_history() {
    auto opened = HistoryWriter::create(dir_.history(), clock_);
    if (!opened) return opened.error();
    history_ = std::move(opened).value();
    if (options_.on_live) history_->set_observer([this](const EventView& event) { live_check_.on_event(event); });
    ledger_ = std::make_unique<LiveLedger>(*history_, clock_);
    sampler_ = std::make_unique<GaugeSampler>(scenario(), *ledger_);
    return {};
  }

  Status set_stage() {
    stage_ = std::make_unique<Stage>(plan_, plugins_, dir_, clock_, loop_, *ledger_);
    if (options_.survey != nullptr) surveyor_.emplace(*options_.survey);
    stage_->on_line = [this](const std::string& process, std::string_view line) {
      if (surveyor_) surveyor_->on_line(process, line);
      if (director_) director_->on_line(process, line);
    };
    stage_->on_exit = [this](const std::string& process) {
      if (director_) director_->on_exit(process);
    };
    if (Status s = stage_->prepare(); !s) return s;
    director_ =
        std::make_unique<FaultDirector>(plan_, plugins_.faults,
                                        FaultDirector::Parts{loop_, clock_, *history_, *ledger_, stage_->processes(),
                                                             stage_->links(), &stage_->link_log()});
    if (Status s = open_api(); !s) return s;
    return wait_for_targets();
  }

  Status open_api() {
    if (options_.api.empty() || stage_->links() == nullptr) return {};
    door_ = std::make_unique<ApiDoor>(plan_, ApiDoor::Parts{*stage_->links(), plugins_.faults, *ledger_, clock_});
    if (Status s = door_->open(options_.api); !s) return s;
    if (options_.on_api) options_.on_api(door_->address());
    return {};
  }

  Status wait_for_targets() {
    std::optional<Status> started;
    stage_->start_targets([&](Status s) { started = std::move(s); });
    while (!started && !interrupted()) {
      loop_.run_for(kTick);
      report_live();
      if (clock_.now() > scenario().timeout) {
        return environment_error(fmt::format("the targets were not ready within the scenario's timeout of {}",
                                             print_duration(scenario().timeout)),
                                 "raise `timeout`, or look into the logs below " + dir_.root().string() + "/targets");
      }
    }
    return started ? *started : Status{};
  }

  Status drive_and_drain() {
    enter("drive");
    driven_ = true;
    if (Status s = stage_->start_source(); !s) return s;
    director_->begin();
    if (surveyor_) surveyor_->on_drive(clock_.now());
    PhaseFsm fsm({scenario().settle, scenario().linger});
    while (fsm.phase() != RunPhase::over && !interrupted()) {
      loop_.run_for(kTick);
      report_live();
      sampler_->on_tick(clock_.now(), stage_->processes());
      if (surveyor_) surveyor_->on_tick(clock_.now(), ledger_->counts().effects, stage_->link_stats());
      const RunPhase before = fsm.phase();
      const RunPhase now = fsm.on_tick(observe());
      if (before == RunPhase::drive && now == RunPhase::drain) heal_and_drain();
      if (clock_.now() > scenario().timeout) {
        because_unknown(
            fmt::format("the run was not over within its timeout of {}", print_duration(scenario().timeout)));
        break;
      }
    }
    return {};
  }

  void heal_and_drain() {
    enter("heal");
    if (door_) door_->close();
    director_->heal_all();
    if (surveyor_) surveyor_->on_heal();
    enter("drain");
  }

  Observation observe() {
    Observation seen;
    seen.source_finished = stage_->source_finished();
    seen.missing = ledger_->missing();
    seen.faults_settled = director_->settled();
    seen.timed_fault_pending = director_->timed_pending();
    seen.targets_gone = stage_->targets_gone();
    Nanos last_activity = std::max(ledger_->last_activity(), director_->last_action());
    if (door_) last_activity = std::max(last_activity, door_->last_action());
    seen.quiet = quiet_.on_tick(last_activity, clock_.now(), processor_demand());
    return seen;
  }

  void take_down() {
    if (interrupted()) because_unknown("the run was interrupted");
    if (door_) door_->close();
    if (director_) director_->heal_all();
    if (stage_) {
      stage_->stop_source();
      std::atomic<bool> down = false;
      stage_->stop_targets([&] { down = true; });
      while (!down) {
        if (stop_level() > 1) {
          stage_->kill_targets();
          break;
        }
        loop_.run_for(kTick);
        report_live();
      }
      for (const Error& trouble : stage_->drain_witnesses()) {
        because_unknown(trouble.message);
        if (trouble.code == ErrorCode::environment && !unreadable_) unreadable_ = trouble;
      }
    }
    if (director_) director_->close();
    door_.reset();
    if (stage_) {
      summary_.processes = stage_->process_summaries();
      summary_.links = stage_->link_summaries();
      if (driven_ && !interrupted()) {
        for (const std::string& why :
             reasons_of_silent_links(plan_, plugins_.faults, stage_->link_traffic(), director_->summaries())) {
          because_unknown(why);
        }
      }
      stage_->close();
    }
    loop_.close();
    enter("check");
    if (Status closed = history_->close(); !closed) trouble_with_history_ = closed.error().message;
  }

  void check() {
    CheckOptions check_options;
    check_options.settle = scenario().settle;
    auto checked = check_history_file(dir_.history(), scenario().invariants, check_options);
    if (!checked) {
      summary_.verdict = Verdict::unknown;
      summary_.unknown_because.push_back(checked.error().message);
    } else {
      take_over(*checked);
    }
    if (!trouble_with_history_.empty()) {
      summary_.verdict = merge(summary_.verdict, Verdict::unknown);
      summary_.unknown_because.push_back(trouble_with_history_);
    }
    if (unreadable_ && summary_.verdict != Verdict::fail) could_not(*unreadable_);
    if (interrupted()) {
      summary_.outcome = RunOutcome::interrupted;
      summary_.verdict = merge(summary_.verdict, Verdict::unknown);
    }
  }

  void take_over(const CheckResult& checked) {
    summary_.verdict = checked.verdict;
    summary_.counts = checked.counts;
    summary_.invariants = checked.invariants;
    summary_.unknown_because = checked.unknown_because;
    summary_.notes = director_ ? director_->notes() : std::vector<std::string>{};
    if (director_) summary_.faults = director_->summaries();
    for (FaultSummary& fault : summary_.faults) {
      const auto recovery = checked.fault_recovery.find(fault.name);
      if (recovery != checked.fault_recovery.end()) fault.recovery = recovery->second;
    }
  }

  void report_live() {
    const Nanos now = clock_.now();
    if (!options_.on_live || now - live_at_ < kLiveEvery) return;
    ProgressListener::Live live;
    const LiveCounts counts = ledger_->counts();
    live.phase = phase_;
    live.sent = counts.sent;
    live.effects = counts.effects;
    live.rate =
        static_cast<double>(counts.effects - live_effects_) / std::chrono::duration<double>(now - live_at_).count();
    if (director_) live.faults_in_force = director_->in_force();
    live.elapsed = now;
    const LiveCheck::Running running = live_check_.running();
    live.missing = running.missing;
    live.duplicates = running.duplicates;
    live_at_ = now;
    live_effects_ = counts.effects;
    options_.on_live(live);
  }

  const Plan& plan_;
  const Plugins& plugins_;
  const RunOptions& options_;
  RunDir dir_;
  SteadyClock clock_;
  EventLoop loop_;
  LiveCheck live_check_;
  std::unique_ptr<HistoryWriter> history_;
  std::unique_ptr<LiveLedger> ledger_;
  std::unique_ptr<GaugeSampler> sampler_;
  std::optional<Surveyor> surveyor_;
  std::unique_ptr<Stage> stage_;
  std::unique_ptr<FaultDirector> director_;
  QuietClock quiet_;
  std::unique_ptr<ApiDoor> door_;
  RunSummary summary_;
  std::string phase_;
  std::string trouble_with_history_;
  std::optional<Error> unreadable_;  ///< a witness whose store the machine did not let us read
  bool driven_ = false;              ///< the drive phase began
  Nanos live_at_{};
  std::uint64_t live_effects_ = 0;
};

}  // namespace

void judge_expectation(const Scenario& scenario, RunSummary& summary) {
  const ExpectSpec* expect = scenario.expectation();
  if (expect == nullptr) return;
  const Verdict expected = verdict_from(expect->verdict).value_or(Verdict::pass);
  summary.expected = expected;
  summary.expected_anomalies = expect->anomalies;
  std::set<std::string> found;
  for (const InvariantResult& result : summary.invariants) {
    for (const Anomaly& anomaly : result.anomalies) found.insert(anomaly.kind);
  }
  const std::set<std::string> wanted(expect->anomalies.begin(), expect->anomalies.end());
  summary.as_expected = summary.verdict == expected && (expect->any_anomalies || found == wanted);
  if (summary.as_expected) return;
  const auto words = [](Verdict verdict, const std::set<std::string>& kinds) {
    const std::vector<std::string> list(kinds.begin(), kinds.end());
    return list.empty() ? std::string(to_string(verdict))
                        : fmt::format("{} ({})", to_string(verdict), join(list, ", "));
  };
  summary.expect_detail = fmt::format("expected {}, got {}", words(expected, wanted), words(summary.verdict, found));
}

RunSummary execute_run(const Plan& plan, const Plugins& plugins, const RunOptions& options) {
  RunSummary summary;
  auto dir = RunDir::create(options.directory);
  if (!dir) {
    summary.outcome = RunOutcome::environment;
    summary.trouble = dir.error().message;
    summary.hint = dir.error().hint;
    summary.run_dir = options.directory;
  } else {
    summary = Run(plan, plugins, options, *dir).execute();
  }
  summary.scenario = plan.scenario.name;
  summary.scenario_file = plan.scenario.file;
  summary.description = plan.scenario.description;
  summary.cell = plan.scenario.cell;
  summary.seed = plan.seed;
  summary.reproduce = "stormproof replay " + options.directory.string();
  if (options.judge_expectation && summary.outcome == RunOutcome::completed) judge_expectation(plan.scenario, summary);
  if (dir && !options.keep_files && summary.outcome == RunOutcome::completed && summary.effective() == Verdict::pass) {
    dir->remove_working_files();
  }
  return summary;
}

}  // namespace stormproof
