#include "harness/explore/explorer.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "harness/base/rng.h"
#include "harness/explore/census.h"
#include "harness/explore/corpus.h"
#include "harness/explore/generator.h"
#include "harness/explore/guide.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {

/// So many trials in a row that could not be run, and it is the machine, not chance.
constexpr std::size_t kCouldNotMost = 10;

class Explorer {
 public:
  Explorer(const Palette& palette, Lab& lab, const ExploreOptions& options, ExploreListener& listener)
      : palette_(palette), lab_(lab), options_(options), listener_(listener), rng_(options.seed) {}

  ExploreReport run() {
    if (!probe()) return std::move(report_);
    do {
      search();
      if (failure_) shrink_failure();
    } while (report_.end == ExploreEnd::found && options_.keep_going && !lab_.stopped());
    report_.features = corpus_.features();
    if (lab_.stopped()) report_.end = ExploreEnd::stopped;
    return std::move(report_);
  }

 private:
  struct Failure {
    std::set<std::string> blamed;
  };

  /// A run without faults: it must pass, and tells what there is to count.
  bool probe() {
    bool asked = false, passed = false;
    lab_.run(
        [&]() -> std::optional<Trial> {
          if (std::exchange(asked, true)) return std::nullopt;
          return Trial{{}, options_.seed};
        },
        [&](const Trial& trial, const TrialOutcome& outcome) {
          listener_.on_probe(outcome.summary);
          report_.probe = outcome.summary;
          passed = outcome.completed && outcome.verdict == Verdict::pass;
          if (!passed) return probe_failed(trial, outcome);
          census_ = take_census(outcome.summary, outcome.survey);
          corpus_.add({}, outcome.features);
          note_features(0);
        });
    if (!passed && lab_.stopped()) report_.end = ExploreEnd::stopped;
    return passed;
  }

  void probe_failed(const Trial& trial, const TrialOutcome& outcome) {
    report_.end = ExploreEnd::no_probe;
    if (!outcome.completed) {
      report_.trouble = outcome.trouble;
    } else if (outcome.verdict == Verdict::unknown) {
      const auto& why = outcome.summary.unknown_because;
      report_.trouble = why.empty() ? "the probing run without faults is unknown" : why.front();
    } else {
      report_.end = ExploreEnd::found;
      record(trial, outcome, 0);
    }
  }

  bool spent() {
    if (report_.trials >= static_cast<std::size_t>(options_.runs)) return ends(ExploreEnd::runs);
    if (options_.lasts && report_.duration + clock_.now() - begun_ >= *options_.lasts) return ends(ExploreEnd::time);
    if (options_.patience > 0 && idle_ >= static_cast<std::size_t>(options_.patience))
      return ends(ExploreEnd::patience);
    if (could_not_in_a_row_ >= kCouldNotMost) return ends(ExploreEnd::no_trials);
    return failure_.has_value();
  }
  bool ends(ExploreEnd end) {
    report_.end = end;
    return true;
  }

  void search() {
    begun_ = clock_.now();
    failure_.reset();
    report_.end = ExploreEnd::stopped;
    lab_.run(
        [&]() -> std::optional<Trial> {
          if (begun_trials_ >= static_cast<std::size_t>(options_.runs) || spent()) return std::nullopt;
          ++begun_trials_;
          return Trial{next_schedule(), rng_.next() >> 11U};
        },
        [&](const Trial& trial, const TrialOutcome& outcome) { on_trial(trial, outcome); });
    report_.duration += clock_.now() - begun_;
    if (failure_) {
      report_.end = ExploreEnd::found;
    } else if (report_.end == ExploreEnd::stopped && !lab_.stopped()) {
      report_.end = ExploreEnd::runs;
    }
  }

  /// Blind: fresh ones, small ones first.
  Schedule next_schedule() {
    if (options_.guided) return guide_.next(rng_);
    constexpr int kGrowth = 9;  // full size within ten trials
    const int size = std::min(100, 10 + kGrowth * static_cast<int>(begun_trials_));
    return ScheduleGenerator(palette_, census_).draw(rng_.next(), size);
  }

  void note_features(std::size_t trial) {
    if (report_.reached.empty() || report_.reached.back().second != corpus_.features()) {
      report_.reached.emplace_back(trial, corpus_.features());
    }
  }

  void on_trial(const Trial& trial, const TrialOutcome& outcome) {
    if (outcome.interrupted) return;
    ++report_.trials;
    ExploreProgress progress;
    if (!outcome.completed) {
      ++report_.could_not;
      ++could_not_in_a_row_;
      report_.trouble = outcome.trouble;
    } else {
      could_not_in_a_row_ = 0;
      progress.fresh = corpus_.add(trial.schedule, outcome.features);
      idle_ = progress.fresh > 0 ? 0 : idle_ + 1;
      note_features(report_.trials);
      count(trial, outcome);
    }
    progress.trials = report_.trials;
    progress.failed = report_.failed;
    progress.unknown = report_.unknown;
    progress.features = corpus_.features();
    const double minutes = std::chrono::duration<double>(report_.duration + clock_.now() - begun_).count() / 60;
    progress.per_minute = minutes > 0 ? static_cast<double>(report_.trials) / minutes : 0;
    listener_.on_trial(progress);
  }

  void count(const Trial& trial, const TrialOutcome& outcome) {
    switch (outcome.verdict) {
      case Verdict::pass: ++report_.passed; return;
      case Verdict::unknown:
        ++report_.unknown;
        for (const std::string& why : outcome.summary.unknown_because) ++report_.unknown_because[line_form(why)];
        return;
      case Verdict::fail: break;
    }
    ++report_.failed;
    const bool known = std::any_of(report_.findings.begin(), report_.findings.end(),
                                   [&](const Finding& f) { return outcome.anomalies.count(f.anomaly) > 0; });
    if (!failure_ && !known) {
      failure_ = Failure{outcome.blamed};
      record(trial, outcome, report_.trials);
    }
  }

  void record(const Trial& trial, const TrialOutcome& outcome, std::size_t at) {
    Finding finding;
    finding.anomaly = gravest(outcome.anomalies);
    finding.trial = trial;
    finding.run = outcome.summary;
    finding.found_at = at;
    finding.found_after = report_.duration + (at == 0 ? Nanos{} : clock_.now() - begun_);
    finding.shrunk.schedule = trial.schedule;
    keep(finding.run, "failing-" + finding.anomaly);
    listener_.on_found(finding);
    report_.findings.push_back(std::move(finding));
  }

  /// Moves the files of a run to where they stay.
  void keep(RunSummary& run, const std::string& name) const {
    if (options_.directory.empty()) return;
    const fs::path to = options_.directory / name;
    std::error_code failure;
    fs::remove_all(to, failure);
    fs::rename(run.run_dir, to, failure);
    if (failure) return;
    run.run_dir = to;
    run.reproduce = "stormproof replay " + to.string();
  }

  void shrink_failure() {
    Finding& finding = report_.findings.back();
    if (options_.shrink_budget == 0) return;
    ShrinkOptions shrinking;
    shrinking.anomaly = finding.anomaly;
    shrinking.budget = options_.shrink_budget;
    shrinking.seed = rng_.fork("shrink/" + finding.anomaly).seed();
    shrinking.hints = {failure_->blamed, options_.messages};
    shrinking.say = [this](const std::string& step) { listener_.on_shrink(step); };
    std::string kept;
    shrinking.on_reproduced = [&](const Trial& trial, const TrialOutcome& outcome) {
      finding.minimal_run = outcome.summary;
      kept = to_text(trial.schedule);
      keep(*finding.minimal_run, "minimal-" + finding.anomaly);
    };
    finding.shrunk = shrink(finding.trial.schedule, lab_, shrinking);
    report_.shrink_trials += static_cast<std::size_t>(finding.shrunk.trials);
    if (kept != to_text(finding.shrunk.schedule)) finding.minimal_run.reset();
  }

  const Palette& palette_;
  Lab& lab_;
  const ExploreOptions& options_;
  ExploreListener& listener_;
  Rng rng_;
  const SteadyClock clock_;
  Census census_;
  Corpus corpus_;
  Guide guide_{palette_, census_, corpus_};
  ExploreReport report_;
  std::optional<Failure> failure_;
  std::size_t begun_trials_ = 0, idle_ = 0, could_not_in_a_row_ = 0;
  Nanos begun_{};
};

}  // namespace

std::string gravest(const std::set<std::string>& anomalies) {
  constexpr std::array<const char*, 6> kOrder{"lost", "corrupt", "phantom", "aborted_read", "duplicate", "reordered"};
  for (const char* kind : kOrder) {
    if (anomalies.count(kind) > 0) return kind;
  }
  return anomalies.empty() ? "" : *anomalies.begin();
}

ExploreReport explore(const Palette& palette, Lab& lab, const ExploreOptions& options, ExploreListener& listener) {
  return Explorer(palette, lab, options, listener).run();
}

}  // namespace stormproof
