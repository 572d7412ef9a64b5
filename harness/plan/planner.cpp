#include "harness/plan/planner.h"

#include <map>

#include "harness/base/rng.h"
#include "harness/base/units.h"
#include "harness/model/link_cuts.h"

namespace stormproof {

namespace {

class FaultPlanner {
 public:
  FaultPlanner(const Scenario& scenario, const FaultSpec& spec, const Rng& root, std::vector<Draw>& draws)
      : scenario_(scenario), rng_(root.fork("fault/" + spec.name)), draws_(draws) {
    planned_.spec = spec;
  }

  PlannedFault plan() {
    const std::string selector = planned_.spec.target;
    draw_target();
    draw_trigger(planned_.spec.when, "when", selector);
    if (planned_.spec.until) draw_trigger(*planned_.spec.until, "until", selector);
    if (!planned_.spec.first_group.empty()) planned_.cuts = cuts_between(scenario_, planned_.spec);
    // On links chance is drawn for each connection, from the fault's stream.
    if (planned_.spec.link.empty() && planned_.cuts.empty() && planned_.spec.probability < 1) {
      planned_.armed = rng_.fork("armed").chance(planned_.spec.probability);
      note("armed", planned_.armed ? "yes" : "no");
    }
    planned_.stream = rng_.fork("stream").seed();
    return std::move(planned_);
  }

 private:
  void note(const std::string& what, std::string value) {
    draws_.push_back({"fault/" + planned_.spec.name + '/' + what, std::move(value)});
  }

  void draw_target() {
    std::string& target = planned_.spec.target;
    constexpr std::string_view kAny = "/any";
    if (!target.ends_with(kAny)) return;
    target.resize(target.size() - kAny.size());
    const TargetSpec* spec = scenario_.find_target(target);
    const std::int64_t last = spec == nullptr ? 0 : spec->replicas - 1;
    target += '/' + std::to_string(rng_.fork("target").between(0, last));
    note("target", target);
  }

  void draw_trigger(TriggerSpec& trigger, const std::string& what, const std::string& selector) {
    // A log or exits trigger without `on` watches what the fault strikes.
    if (trigger.target == selector) trigger.target = planned_.spec.target;
    if (trigger.time_max > trigger.time) {
      constexpr Nanos kMilli = std::chrono::milliseconds(1);
      const bool whole = trigger.time % kMilli == Nanos{} && trigger.time_max % kMilli == Nanos{};
      const std::int64_t grain = whole ? kMilli.count() : 1;
      const std::int64_t drawn =
          rng_.fork(what).between(trigger.time.count() / grain, trigger.time_max.count() / grain);
      trigger.time = Nanos(drawn * grain);
      note(what, print_duration(trigger.time));
    }
    if (trigger.count_max > trigger.count) {
      trigger.count = rng_.fork(what).between(trigger.count, trigger.count_max);
      note(what, std::to_string(trigger.count));
    }
    trigger.time_max = {};
    trigger.count_max = 0;
  }

  const Scenario& scenario_;
  Rng rng_;
  std::vector<Draw>& draws_;
  PlannedFault planned_;
};

/// Disarms what waits for a fault that is not armed, until nothing changes: chains may stand in any order.
void disarm_followers(Plan& plan) {
  bool changed = true;
  while (changed) {
    changed = false;
    std::map<std::string, bool> armed;
    for (const PlannedFault& fault : plan.faults) armed[fault.spec.name] = fault.armed;
    for (PlannedFault& fault : plan.faults) {
      const TriggerSpec& when = fault.spec.when;
      if (!fault.armed || when.kind != TriggerSpec::Kind::after) continue;
      const auto awaited = armed.find(when.fault);
      if (awaited == armed.end() || awaited->second) continue;
      fault.armed = false;
      changed = true;
      plan.draws.push_back({"fault/" + fault.spec.name + "/armed", "no: '" + when.fault + "' is not armed"});
    }
  }
}

}  // namespace

Plan make_plan(Scenario scenario, std::uint64_t seed) {
  Plan plan;
  plan.scenario = std::move(scenario);
  plan.seed = seed;
  const Rng root(seed);
  plan.source_stream = root.fork("source").seed();
  for (const FaultSpec& fault : plan.scenario.faults) {
    plan.faults.push_back(FaultPlanner(plan.scenario, fault, root, plan.draws).plan());
  }
  disarm_followers(plan);
  return plan;
}

}  // namespace stormproof
