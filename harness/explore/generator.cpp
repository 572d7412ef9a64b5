#include "harness/explore/generator.h"

#include <rapidcheck.h>

#include <algorithm>

#include "harness/explore/fault_drawer.h"

namespace stormproof {

namespace {

std::size_t draw_index(std::size_t count) {
  return static_cast<std::size_t>(draw_between(0, static_cast<std::int64_t>(count) - 1));
}

void add_fault(Schedule& schedule, const FaultDrawer& drawer, std::size_t most) {
  if (schedule.faults.size() >= most) return;
  if (std::optional<FaultSpec> fault = drawer.fault(schedule)) schedule.faults.push_back(std::move(*fault));
}

/// Whether `name` waits, directly or not, for fault `awaited`.
bool waits_for(const Schedule& schedule, const std::string& name, const std::string& awaited) {
  std::string at = name;
  for (std::size_t step = 0; step <= schedule.faults.size(); ++step) {
    if (at == awaited) return true;
    const auto fault =
        std::find_if(schedule.faults.begin(), schedule.faults.end(), [&](const auto& f) { return f.name == at; });
    if (fault == schedule.faults.end() || fault->when.kind != TriggerSpec::Kind::after) return false;
    at = fault->when.fault;
  }
  return true;
}

void retrigger(Schedule& schedule, FaultSpec& fault, const FaultDrawer& drawer) {
  const TriggerSpec drawn = drawer.trigger(fault, schedule);
  if (drawn.kind == TriggerSpec::Kind::after && waits_for(schedule, drawn.fault, fault.name)) return;
  fault.when = drawn;
}

/// A fault of another schedule, with a name of its own and a trigger that needs no fault of the other one.
void splice(Schedule& schedule, const Schedule& other, std::size_t most) {
  if (other.faults.empty() || schedule.faults.size() >= most) return;
  FaultSpec fault = other.faults[draw_index(other.faults.size())];
  if (fault.when.kind == TriggerSpec::Kind::after) {
    if (schedule.faults.empty()) return;
    fault.when.fault = schedule.faults[draw_index(schedule.faults.size())].name;
  }
  fault.name = free_name(schedule, fault.kind);
  schedule.faults.push_back(std::move(fault));
}

void change(Schedule& schedule, const Schedule& other, const FaultDrawer& drawer, std::size_t most) {
  if (schedule.faults.empty()) return add_fault(schedule, drawer, most);
  const std::size_t index = draw_index(schedule.faults.size());
  FaultSpec& fault = schedule.faults[index];
  switch (draw_between(0, 7)) {
    case 0:
    case 1: return drawer.nudge(fault.when);
    case 2: return retrigger(schedule, fault, drawer);
    case 3: return drawer.place(fault);
    case 4: return drawer.span(fault);
    case 5: return add_fault(schedule, drawer, most);
    case 6: return splice(schedule, other, most);
    default:
      if (schedule.faults.size() > 1) schedule = without(schedule, index);
  }
}

}  // namespace

Schedule ScheduleGenerator::draw(std::uint64_t seed, int size) const {
  const FaultDrawer drawer(palette_, census_);
  const auto least = static_cast<std::int64_t>(palette_.min_faults);
  const auto most = static_cast<std::int64_t>(palette_.max_faults);
  const auto generator = rc::gen::exec([&] {
    Schedule schedule;
    const std::int64_t reach = least + (most - least) * std::clamp(size, 0, 100) / 100;
    const std::int64_t count = draw_between(least, reach);
    // Not every schedule that was begun has room for so many faults that are felt.
    constexpr int kAttempts = 20;
    for (int attempt = 0; attempt < kAttempts && schedule.faults.size() < palette_.min_faults; ++attempt) {
      schedule = {};
      for (std::int64_t i = 0; i < count; ++i) add_fault(schedule, drawer, palette_.max_faults);
      make_valid(schedule);
    }
    return schedule;
  });
  return generator(rc::Random(seed), size).value();
}

Schedule ScheduleGenerator::mutate(const Schedule& schedule, const Schedule& other, std::uint64_t seed) const {
  const FaultDrawer drawer(palette_, census_);
  const Foresight foresight(palette_, census_);
  const auto generator = rc::gen::exec([&] {
    constexpr int kAttempts = 10;
    Schedule changed;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      changed = schedule;
      const std::int64_t changes = draw_between(1, 3);
      for (std::int64_t i = 0; i < changes; ++i) change(changed, other, drawer, palette_.max_faults);
      make_valid(changed);
      if (foresight.plausible(changed)) break;
    }
    return changed;
  });
  return generator(rc::Random(seed), rc::kNominalSize).value();
}

}  // namespace stormproof
