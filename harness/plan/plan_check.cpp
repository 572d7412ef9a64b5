#include "harness/plan/plan_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "harness/model/param_text.h"

namespace stormproof {

namespace {

class Checker {
 public:
  Checker(const Plan& plan, const Kinds& kinds) : plan_(plan), scenario_(plan.scenario), kinds_(kinds) {}

  std::string run() {
    for (const TargetSpec& target : scenario_.targets) check_target(target);
    for (const LinkSpec& link : scenario_.links) {
      check_process(fmt::format("{}/{}", link.to_target, link.to_index), "link '" + link.name + "'");
      const TargetSpec* target = scenario_.find_target(link.to_target);
      if (target != nullptr && !has(target->ports, link.to_port)) {
        say(fmt::format("link '{}' leads to the unknown port '{}'", link.name, link.to_port));
      }
    }
    for (const PlannedFault& fault : plan_.faults) names_.insert(fault.spec.name);
    for (const PlannedFault& fault : plan_.faults) check_fault(fault);
    if (names_.size() != plan_.faults.size()) say("two faults have the same name");
    return trouble_;
  }

 private:
  void say(std::string what) {
    if (trouble_.empty()) trouble_ = std::move(what);
  }
  static bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  }

  void check_target(const TargetSpec& target) {
    const std::string who = "target '" + target.name + "'";
    if (target.replicas < 1 || target.replicas > 1000) say(who + " has an impossible number of replicas");
    if (target.command.empty()) say(who + " has no command");
    for (const std::string& other : target.after) {
      if (scenario_.find_target(other) == nullptr) say(fmt::format("{} waits for unknown target '{}'", who, other));
    }
    using Kind = ReadySpec::Kind;
    const Kind kind = target.ready.kind;
    if ((kind == Kind::tcp || kind == Kind::http || kind == Kind::grpc) && !has(target.ports, target.ready.port)) {
      say(fmt::format("{} probes the unknown port '{}'", who, target.ready.port));
    }
    if (kind == Kind::log) check_pattern(target.ready.pattern, who);
    if (kind == Kind::exec && target.ready.argv.empty()) say(who + " has an empty readiness command");
  }

  void check_pattern(const std::string& pattern, const std::string& who) {
    if (const Status fits = check_regex(pattern); !fits) say(who + ": " + fits.error().message);
  }

  void check_process(const std::string& selector, const std::string& who) {
    const std::size_t slash = selector.find('/');
    const TargetSpec* target = scenario_.find_target(selector.substr(0, slash));
    bool good = target != nullptr;
    if (good && slash != std::string::npos) {
      int index = -1;
      const char* end = selector.data() + selector.size();
      const auto [stop, failure] = std::from_chars(selector.data() + slash + 1, end, index);
      good = failure == std::errc{} && stop == end && index >= 0 && index < target->replicas;
    }
    if (!good) say(fmt::format("{} names the unknown process '{}'", who, selector));
  }

  void check_link(const std::string& name, const std::string& who) {
    const bool known = std::any_of(scenario_.links.begin(), scenario_.links.end(),
                                   [&](const LinkSpec& link) { return link.name == name; });
    if (!known) say(fmt::format("{} names the unknown link '{}'", who, name));
  }

  void check_cuts(const PlannedFault& planned, const std::string& who) {
    for (const LinkCut& cut : planned.cuts) {
      check_link(cut.link, who);
      for (const std::string& process : cut.from) check_process(process, who);
    }
  }

  void check_fault(const PlannedFault& planned) {
    const FaultSpec& fault = planned.spec;
    const std::string who = "fault '" + fault.name + "'";
    for (const FaultKindInfo* kind : kinds_.faults) {
      if (kind->name != fault.kind) continue;
      if (kind->scope == FaultScope::process) {
        check_process(fault.target, who);
      } else if (!planned.cuts.empty()) {
        check_cuts(planned, who);
      } else {
        check_link(fault.link, who);
      }
    }
    check_trigger(fault.when, who);
    if (fault.until) check_trigger(*fault.until, who);
  }

  void check_trigger(const TriggerSpec& trigger, const std::string& who) {
    using Kind = TriggerSpec::Kind;
    if (trigger.time_max.count() != 0 || trigger.count_max != 0) say(who + " has a trigger that is not drawn");
    if (trigger.occurrence < 1) say(who + " waits for an occurrence below 1");
    switch (trigger.kind) {
      case Kind::at: break;
      case Kind::every:
        if (trigger.time.count() <= 0) say(who + " strikes every 0s");
        break;
      case Kind::log:
        check_pattern(trigger.pattern, who);
        check_process(trigger.target, who);
        break;
      case Kind::exits:
        check_process(trigger.target, who);
        check_count(trigger, who);
        break;
      case Kind::after:
        if (names_.count(trigger.fault) == 0) say(fmt::format("{} waits for unknown fault '{}'", who, trigger.fault));
        break;
      case Kind::bytes:
      case Kind::connections:
        if (trigger.connection < 0) say(who + " waits for a connection below 1");
        check_link(trigger.link, who);
        check_count(trigger, who);
        break;
      default: check_count(trigger, who);
    }
  }

  void check_count(const TriggerSpec& trigger, const std::string& who) {
    if (trigger.count < 1) say(who + " has a trigger with a count below 1");
  }

  const Plan& plan_;
  const Scenario& scenario_;
  const Kinds& kinds_;
  std::set<std::string> names_;
  std::string trouble_;
};

}  // namespace

std::string plan_trouble(const Plan& plan, const Kinds& kinds) { return Checker(plan, kinds).run(); }

}  // namespace stormproof
