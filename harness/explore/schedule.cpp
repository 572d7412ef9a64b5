#include "harness/explore/schedule.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "harness/base/units.h"
#include "harness/model/trigger_text.h"

namespace stormproof {

namespace {

std::string value_text(const ParamValue& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return v;
        } else if constexpr (std::is_same_v<T, Nanos>) {
          return print_duration(v);
        } else if constexpr (std::is_same_v<T, bool>) {
          return v ? "true" : "false";
        } else if constexpr (std::is_arithmetic_v<T>) {
          return fmt::format("{}", v);
        } else {
          return fmt::format("{} values", v.size());
        }
      },
      value);
}

bool same_place(const FaultSpec& a, const FaultSpec& b) {
  if (!a.link.empty() || !b.link.empty()) return a.link == b.link;
  return covers(a.target, b.target) || covers(b.target, a.target);
}

bool names_a_fault(const Schedule& schedule, const std::string& name) {
  return std::any_of(schedule.faults.begin(), schedule.faults.end(), [&](const auto& f) { return f.name == name; });
}

}  // namespace

bool covers(const std::string& wide, const std::string& narrow) {
  return wide == narrow || narrow.starts_with(wide + '/');
}

bool ends_processes(const FaultSpec& fault) { return !fault.target.empty() && fault.kind != "pause"; }

std::string describe_fault(const FaultSpec& fault) {
  std::string out = fault.kind;
  out += ' ';
  out += fault.link.empty() ? fault.target : "link " + fault.link;
  if (fault.direction != Direction::both) out += fmt::format(" {}", to_string(fault.direction));
  for (const auto& [name, entry] : fault.params.entries()) {
    out += fmt::format(" {}={}", name, value_text(entry.value));
  }
  out += fmt::format(", when {}", print_trigger(fault.when));
  if (fault.lasts) out += fmt::format(", for {}", print_duration(*fault.lasts));
  if (fault.restart) out += fmt::format(", restart {}", print_duration(*fault.restart));
  return out;
}

std::string to_text(const Schedule& schedule) {
  std::string out = fmt::format("{} messages\n", schedule.messages);
  for (const FaultSpec& fault : schedule.faults) out += fault.name + ": " + describe_fault(fault) + '\n';
  return out;
}

std::string free_name(const Schedule& schedule, const std::string& stem) {
  std::string name = stem;
  for (int n = 2; names_a_fault(schedule, name); ++n) name = fmt::format("{}-{}", stem, n);
  return name;
}

Schedule without(const Schedule& schedule, std::size_t index) {
  Schedule rest = schedule;
  const FaultSpec gone = rest.faults[index];
  rest.faults.erase(rest.faults.begin() + static_cast<std::ptrdiff_t>(index));
  for (FaultSpec& fault : rest.faults) {
    if (fault.when.kind != TriggerSpec::Kind::after || fault.when.fault != gone.name) continue;
    const Nanos delay = fault.when.delay + gone.when.delay;
    fault.when = gone.when;
    fault.when.delay = delay;
  }
  return rest;
}

void make_valid(Schedule& schedule) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (std::size_t i = 0; i < schedule.faults.size() && !changed; ++i) {
      const FaultSpec& fault = schedule.faults[i];
      const bool orphan = fault.when.kind == TriggerSpec::Kind::after && !names_a_fault(schedule, fault.when.fault);
      const bool twin = std::any_of(schedule.faults.begin(), schedule.faults.begin() + static_cast<std::ptrdiff_t>(i),
                                    [&](const FaultSpec& other) {
                                      return other.kind == fault.kind && same_place(other, fault) &&
                                             print_trigger(other.when) == print_trigger(fault.when);
                                    });
      if (!orphan && !twin) continue;
      schedule.faults.erase(schedule.faults.begin() + static_cast<std::ptrdiff_t>(i));
      changed = true;
    }
  }
}

std::optional<Workload> workload_of(const Scenario& scenario) {
  if (!scenario.source) return std::nullopt;
  for (const char* name : {"records", "messages"}) {
    if (!scenario.source->params.has(name)) continue;
    return Workload{name, scenario.source->params.integer(name)};
  }
  return std::nullopt;
}

Scenario with_schedule(const Scenario& base, const Schedule& schedule) {
  Scenario scenario = base;
  scenario.faults = schedule.faults;
  scenario.matrix.clear();
  scenario.expects.clear();
  scenario.explore.reset();
  scenario.origin.reset();
  const std::optional<Workload> workload = workload_of(base);
  if (workload && schedule.messages > 0) scenario.source->params.set(workload->param, schedule.messages);
  return scenario;
}

}  // namespace stormproof
