#include "harness/explore/fault_drawer.h"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>

#include "harness/base/assert.h"
#include "harness/model/param_text.h"

namespace stormproof {

namespace {

using Kind = TriggerSpec::Kind;
using std::chrono::milliseconds;

template <class T>
const T& pick(const std::vector<T>& values) {
  return values[static_cast<std::size_t>(draw_between(0, static_cast<std::int64_t>(values.size()) - 1))];
}

/// An index, each as likely as its weight.
std::size_t pick_weighted(const std::vector<std::size_t>& weights) {
  std::int64_t total = 0;
  for (const std::size_t weight : weights) total += static_cast<std::int64_t>(weight);
  std::int64_t at = draw_between(0, total - 1);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    at -= static_cast<std::int64_t>(weights[i]);
    if (at < 0) return i;
  }
  return weights.size() - 1;
}

/// As likely between 1 and 10 as between 10 and 100: short and long, few and many. Two significant digits, for people.
std::int64_t draw_log(std::int64_t low, std::int64_t high) {
  if (high <= low) return low;
  const double from = std::log(static_cast<double>(std::max<std::int64_t>(low, 1)));
  const double to = std::log(static_cast<double>(high));
  const double at = std::exp(from + (to - from) * static_cast<double>(draw_between(0, 1000)) / 1000);
  double grain = 1;
  while (at / grain >= 100) grain *= 10;
  return std::clamp(static_cast<std::int64_t>(std::round(at / grain) * grain), low, high);
}

Nanos draw_duration(DurationRange range) {
  constexpr Nanos kMilli = milliseconds(1);
  if (range.first < kMilli) return Nanos(draw_log(range.first.count(), range.second.count()));
  return draw_log(range.first / kMilli, range.second / kMilli) * kMilli;
}

ParamValue draw_value(const ParamChoice& choice) {
  if (choice.form == ParamChoice::Form::one_of) return pick(choice.values);
  const ParamValue& low = choice.values[0];
  const ParamValue& high = choice.values[1];
  if (const auto* from = std::get_if<std::int64_t>(&low)) return draw_log(*from, std::get<std::int64_t>(high));
  if (const auto* from = std::get_if<Nanos>(&low)) return draw_duration({*from, std::get<Nanos>(high)});
  if (const auto* from = std::get_if<double>(&low)) {
    const double to = std::get<double>(high);
    return *from + (to - *from) * static_cast<double>(draw_between(0, 100)) / 100;
  }
  const auto from = static_cast<std::int64_t>(std::get<std::uint64_t>(low));
  return static_cast<std::uint64_t>(draw_log(from, static_cast<std::int64_t>(std::get<std::uint64_t>(high))));
}

}  // namespace

std::int64_t draw_between(std::int64_t low, std::int64_t high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(low, high + 1));
}

bool draw_chance(int percent) { return draw_between(0, 99) < percent; }

const Strike* FaultDrawer::strike_of(const FaultSpec& fault) const {
  for (const Strike& strike : palette_.strikes) {
    if (strike.kind->name == fault.kind) return &strike;
  }
  return nullptr;
}

void FaultDrawer::place(FaultSpec& fault) const {
  const Strike* strike = strike_of(fault);
  if (strike == nullptr) return;
  if (!strike->targets.empty()) fault.target = pick(strike->targets);
  if (strike->links.empty()) return;
  fault.link = pick(strike->links);
  constexpr Direction kDirections[] = {Direction::both, Direction::both, Direction::upstream, Direction::downstream};
  fault.direction = kDirections[draw_between(0, 3)];
}

void FaultDrawer::span(FaultSpec& fault) const {
  const Strike* strike = strike_of(fault);
  if (strike == nullptr) return;
  if (strike->kind->lasting) {
    fault.lasts = draw_duration(strike->lasts);
  } else if (strike->kind->scope == FaultScope::process && strike->kind->name != "restart") {
    fault.restart.reset();
    if (!strike->may_stay_down || draw_chance(70)) fault.restart = draw_duration(strike->restart);
  }
}

std::optional<FaultSpec> FaultDrawer::fault(const Schedule& schedule) const {
  constexpr int kKindsMost = 20;
  constexpr int kDrawsMost = 12;
  std::vector<std::size_t> weights;
  for (const Strike& strike : palette_.strikes) weights.push_back(strike.weight);
  Schedule with = schedule;
  with.faults.emplace_back();
  for (int kinds = 0; kinds < kKindsMost; ++kinds) {
    const Strike& strike = palette_.strikes[pick_weighted(weights)];
    for (int draws = 0; draws < kDrawsMost; ++draws) {
      with.faults.back() = draw(strike, schedule);
      if (foresight_.plausible(with)) return with.faults.back();
    }
  }
  return schedule.faults.empty() ? std::optional(with.faults.back()) : std::nullopt;
}

FaultSpec FaultDrawer::draw(const Strike& strike, const Schedule& schedule) const {
  FaultSpec fault;
  fault.kind = strike.kind->name;
  fault.name = free_name(schedule, fault.kind);
  place(fault);
  span(fault);
  for (const ParamSpec& spec : strike.kind->params) {
    const auto choice = strike.params.find(std::string(spec.name));
    if (choice == strike.params.end()) continue;
    const bool needless = !spec.required && spec.fallback.empty();
    if (needless && draw_chance(50)) continue;
    fault.params.set(std::string(spec.name), draw_value(choice->second));
  }
  const bool filled = fill_defaults(strike.kind->params, fault.params).ok();
  STORMPROOF_ASSERT(filled, "every required parameter of a fault kind has a range in the palette");
  fault.when = trigger(fault, schedule);
  const bool for_a_break =
      strike.kind->needs == FaultNeeds::closing || strike.kind->needs == FaultNeeds::new_connection;
  if (for_a_break && !schedule.faults.empty() && draw_chance(80)) fault.when = shortly_before(pick(schedule.faults));
  return fault;
}

TriggerSpec FaultDrawer::shortly_before(const FaultSpec& other) const {
  TriggerSpec trigger = other.when;
  if (trigger.count > 1) trigger.count -= draw_between(1, std::max<std::int64_t>(1, trigger.count / 10));
  if (trigger.delay > milliseconds(1)) trigger.delay = milliseconds(draw_between(0, trigger.delay / milliseconds(1)));
  return trigger;
}

bool FaultDrawer::feeds(Kind kind, const FaultSpec& fault, const Schedule& schedule) const {
  const auto others = std::any_of(schedule.faults.begin(), schedule.faults.end(),
                                  [&](const FaultSpec& other) { return other.name != fault.name; });
  const auto ended = std::any_of(schedule.faults.begin(), schedule.faults.end(), [&](const FaultSpec& other) {
    return other.name != fault.name && ends_processes(other);
  });
  switch (kind) {
    case Kind::effects: return census_.effects > 0;
    case Kind::sent: return census_.sent > 0;
    case Kind::acked: return census_.acked > 0;
    case Kind::bytes:
    case Kind::connections: return !census_.links.empty();
    case Kind::log: return !census_.logs.empty();
    case Kind::exits: return ended;
    case Kind::after: return others;
    case Kind::at: return true;
    case Kind::every: return false;
  }
  return false;
}

std::size_t FaultDrawer::weight(Kind kind, const FaultSpec& fault) const {
  switch (kind) {
    case Kind::effects: return 8;
    case Kind::sent:
    case Kind::acked: return 4;
    case Kind::bytes: return fault.link.empty() ? 2 : 8;
    case Kind::after: return 6;
    case Kind::log:
    case Kind::exits: return 4;
    case Kind::connections:
    case Kind::at: return 1;
    case Kind::every: return 0;
  }
  return 0;
}

TriggerSpec FaultDrawer::trigger(const FaultSpec& fault, const Schedule& schedule) const {
  std::vector<Kind> kinds;
  std::vector<std::size_t> weights;
  for (const Kind kind : palette_.triggers) {
    if (!feeds(kind, fault, schedule)) continue;
    kinds.push_back(kind);
    weights.push_back(weight(kind, fault));
  }
  TriggerSpec trigger;
  trigger.kind = kinds.empty() ? Kind::at : kinds[pick_weighted(weights)];
  const auto count_to = [&](std::uint64_t most) {
    trigger.count = draw_between(1, std::max<std::int64_t>(1, static_cast<std::int64_t>(most * 19 / 20)));
  };
  const auto own = census_.links.find(fault.link);
  const auto link = [&]() -> const LinkCensus& {
    const auto& links = census_.links;
    const auto at = own != links.end()
                        ? own
                        : std::next(links.begin(), draw_between(0, static_cast<std::int64_t>(links.size()) - 1));
    trigger.link = at->first;
    return at->second;
  };
  switch (trigger.kind) {
    // A fault on a link is felt while something flows there, which may be over long before the last effect.
    case Kind::effects: count_to(own == census_.links.end() ? census_.effects : own->second.busy_effects); break;
    case Kind::sent: count_to(census_.sent); break;
    case Kind::acked: count_to(census_.acked); break;
    case Kind::bytes: count_to(link().bytes(own == census_.links.end() ? Direction::both : fault.direction)); break;
    case Kind::connections: trigger.count = draw_between(1, static_cast<std::int64_t>(link().connections) + 1); break;
    case Kind::log: {
      const LogClass& lines = pick(census_.logs);
      trigger.pattern = lines.pattern;
      trigger.target = lines.process;
      const bool recurs = lines.when == LogClass::When::working;
      trigger.occurrence = recurs ? draw_between(1, std::min<std::int64_t>(lines.times, 1000)) : 1;
      break;
    }
    case Kind::exits: {
      std::vector<std::string> ended;
      for (const FaultSpec& other : schedule.faults) {
        if (other.name != fault.name && ends_processes(other)) ended.push_back(other.target);
      }
      trigger.target = pick(ended);
      trigger.count = 1;
      trigger.delay = draw_chance(50) ? Nanos{} : draw_duration({milliseconds(1), milliseconds(400)});
      break;
    }
    case Kind::after: {
      std::vector<std::string> names;
      for (const FaultSpec& other : schedule.faults) {
        if (other.name != fault.name) names.push_back(other.name);
      }
      trigger.fault = pick(names);
      trigger.delay = draw_chance(20) ? Nanos{} : draw_duration({milliseconds(1), milliseconds(600)});
      break;
    }
    case Kind::at:
    case Kind::every: {
      const auto most = std::max<std::int64_t>(2, census_.work / milliseconds(1));
      trigger.time = milliseconds(draw_between(1, most));
      break;
    }
  }
  return trigger;
}

void FaultDrawer::nudge(TriggerSpec& trigger) const {
  const auto near = [](std::int64_t value) {
    const std::int64_t reach = std::max<std::int64_t>(1, value / 5);
    return std::max<std::int64_t>(1, value + draw_between(-reach, reach));
  };
  if (trigger.count > 0) trigger.count = near(trigger.count);
  if (trigger.kind == Kind::log) trigger.occurrence = near(trigger.occurrence);
  if (trigger.time > Nanos{}) trigger.time = milliseconds(near(trigger.time / milliseconds(1)));
  if (trigger.delay > Nanos{}) trigger.delay = milliseconds(near(trigger.delay / milliseconds(1)));
}

}  // namespace stormproof
