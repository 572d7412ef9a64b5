#include "harness/explore/shrinker.h"

#include <fmt/core.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/base/rng.h"
#include "harness/explore/sequential_test.h"

namespace stormproof {

namespace {

using Decision = SequentialTest::Decision;

/// All that a schedule can shrink to; candidates are made when they are asked for.
rc::Shrinkable<Schedule> shrink_tree(const Schedule& schedule, const CandidateHints& hints) {
  return rc::shrinkable::shrinkRecur(
      schedule, [hints](const Schedule& from) { return rc::seq::fromContainer(candidates(from, hints)); });
}

class Shrinker {
 public:
  Shrinker(const Schedule& original, Lab& lab, const ShrinkOptions& options)
      : lab_(lab), options_(options), rng_(options.seed), original_(original) {}

  ShrinkResult run() {
    const Tally base = measure(original_, options_.base_runs);
    result_.base_failures = base.failures;
    result_.base_runs = base.runs;
    result_.schedule = original_;
    say(fmt::format("the failing schedule fails again {} of {} times", base.failures, base.runs));
    if (base.failures == 0) {
      result_.runs = base.runs;
      return result_;
    }
    base_ = base;
    descend();
    confirm();
    return result_;
  }

 private:
  struct Tally {
    int failures = 0, runs = 0;
  };

  void say(const std::string& text) const {
    if (options_.say) options_.say(text);
  }
  void say_step(const Schedule& schedule) const {
    const std::size_t count = schedule.faults.size();
    std::string step = fmt::format("{} fault{} after {} trials", count, count == 1 ? "" : "s", result_.trials);
    if (count == 1) step += ": " + describe_fault(schedule.faults.front());
    if (schedule.messages > 0) step += fmt::format(", {} messages", schedule.messages);
    say(step);
  }
  bool budget_left() const { return result_.trials < options_.budget && !lab_.stopped(); }

  /// Trials of one schedule, as long as `more` wants them; a trial that could not be run counts for nothing, but too
  /// many of them end it.
  template <class More, class Add>
  void repeat(const Schedule& schedule, More more, Add add) {
    int begun = 0, useless = 0;
    lab_.run(
        [&]() -> std::optional<Trial> {
          constexpr int kUselessMost = 20;
          if (useless >= kUselessMost || !more(begun - useless)) return std::nullopt;
          ++begun;
          return Trial{schedule, rng_.next() >> 11U};
        },
        [&](const Trial& trial, const TrialOutcome& outcome) {
          ++result_.trials;
          if (!outcome.completed) {
            ++useless;
            return;
          }
          const bool failed = outcome.failed_with(options_.anomaly);
          if (failed && options_.on_reproduced) options_.on_reproduced(trial, outcome);
          add(failed);
        });
  }

  Tally measure(const Schedule& schedule, int runs) {
    Tally tally;
    repeat(
        schedule, [&](int useful) { return useful < runs; },
        [&](bool failed) {
          ++tally.runs;
          tally.failures += failed ? 1 : 0;
        });
    return tally;
  }

  /// Losing a fault is worth some of the rate, and of some risk: these steps come first, are the ones that count, and
  /// what they promise is measured in the end. Losing a count is worth neither, and small losses add up.
  SequentialTest rule_for(const Schedule& schedule) const {
    const bool fewer = schedule.faults.size() < steps_.back().faults.size();
    if (fewer) return SequentialTest::against(base_.failures, base_.runs, 0.5, 0.15, 0.15);
    return SequentialTest::against(base_.failures, base_.runs, 0.7);
  }

  /// What was learned of a schedule is kept: the walk meets the same one again after every step.
  Decision test(const Schedule& schedule) {
    SequentialTest& test = known_.try_emplace(to_text(schedule), rule_for(schedule)).first->second;
    repeat(
        schedule, [&](int) { return test.decision() == Decision::undecided && budget_left(); },
        [&](bool failed) {
          if (test.decision() == Decision::undecided) test.add(failed);
        });
    return test.decision();
  }

  void descend() {
    rc::Shrinkable<Schedule> at = shrink_tree(original_, options_.hints);
    steps_.push_back(original_);
    bool stepped = true;
    while (stepped) {
      stepped = false;
      rc::Seq<rc::Shrinkable<Schedule>> below = at.shrinks();
      while (budget_left()) {
        const auto candidate = below.next();
        if (!candidate) return;
        const Schedule schedule = candidate->value();
        if (test(schedule) != Decision::accept) continue;
        if (schedule.faults.size() < steps_.back().faults.size()) result_.trials_to_fewest_faults = result_.trials;
        steps_.push_back(schedule);
        say_step(schedule);
        at = *candidate;
        stepped = true;
        break;
      }
    }
    result_.exhausted = true;
  }

  /// The least share of failures with which the last step is kept: one and a half standard deviations of the
  /// measurement below what it promised. One that lost a fault promised no more than to fail about as often.
  double rate_wanted() const {
    const bool fewer = steps_.size() > 1 && steps_.back().faults.size() < steps_[steps_.size() - 2].faults.size();
    const double rate = static_cast<double>(base_.failures) / base_.runs;
    const double deviation = std::sqrt(rate * (1 - rate) / options_.confirm_runs);
    return (fewer ? 0.6 : 0.875) * rate - 1.5 * deviation;
  }

  void confirm() {
    while (true) {
      result_.schedule = steps_.back();
      const Tally tally = measure(steps_.back(), options_.confirm_runs);
      result_.failures = tally.failures;
      result_.runs = tally.runs;
      const bool weak = tally.runs > 0 && tally.failures < rate_wanted() * tally.runs;
      if (!weak || steps_.size() == 1 || lab_.stopped()) return;
      say(fmt::format("it fails only {} of {} times: one step back", tally.failures, tally.runs));
      steps_.pop_back();
    }
  }

  Lab& lab_;
  const ShrinkOptions& options_;
  Rng rng_;
  const Schedule original_;
  Tally base_;
  std::map<std::string, SequentialTest> known_;
  std::vector<Schedule> steps_;  ///< accepted, the original first
  ShrinkResult result_;
};

}  // namespace

ShrinkResult shrink(const Schedule& original, Lab& lab, const ShrinkOptions& options) {
  return Shrinker(original, lab, options).run();
}

}  // namespace stormproof
