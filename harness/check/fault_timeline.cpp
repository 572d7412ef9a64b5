#include "harness/check/fault_timeline.h"

#include <algorithm>

#include "harness/base/units.h"

namespace stormproof {

FaultObservation& FaultTimeline::fault(std::string_view name, std::string_view kind, std::string_view on) {
  const auto [place, fresh] = by_name_.try_emplace(std::string(name), faults_.size());
  if (fresh) {
    faults_.emplace_back();
    faults_.back().name = name;
  }
  FaultObservation& fault = faults_[place->second];
  if (fault.kind.empty()) fault.kind = kind;
  if (fault.on.empty()) {
    fault.on = on;
  } else if (!on.empty() && (", " + fault.on + ", ").find(", " + std::string(on) + ", ") == std::string::npos) {
    fault.on += ", " + std::string(on);
  }
  return fault;
}

void FaultTimeline::on_event(const EventView& event) {
  switch (event.type) {
    case EventType::note:
      if (event.by == "plan") fault(event.id, event.key, event.detail).planned = true;
      break;
    case EventType::inject: inject(event); break;
    case EventType::heal: heal(event); break;
    case EventType::bite: {
      FaultObservation& bitten = fault(event.by, {}, {});
      bitten.counted = true;
      if (event.seq > 0) bitten.hits = std::max(bitten.hits, static_cast<std::uint64_t>(event.seq));
      break;
    }
    case EventType::effect: effect(event.t); break;
    default: break;
  }
}

void FaultTimeline::inject(const EventView& event) {
  FaultObservation& struck = fault(event.by, event.id, event.key);
  struck.fired = true;
  if (!struck.injected_at) struck.injected_at = event.t;
  const std::size_t index = by_name_.find(event.by)->second;
  if (in_force_.try_emplace({std::string(event.by), std::string(event.key)}, intervals_.size()).second) {
    intervals_.push_back({index, event.t, Nanos::max()});
  }
  awaiting_effect_.erase(index);
}

void FaultTimeline::heal(const EventView& event) {
  const auto found = in_force_.find({std::string(event.by), std::string(event.key)});
  if (found == in_force_.end()) return;  // heal is idempotent and may be recorded more than once
  intervals_[found->second].to = event.t;
  in_force_.erase(found);
  const std::size_t index = by_name_.find(event.by)->second;
  faults_[index].healed_at = event.t;
  awaiting_effect_[index] = event.t;
  last_heal_ = event.t;
}

void FaultTimeline::effect(Nanos t) {
  for (const auto& [index, healed] : awaiting_effect_) {
    auto& recovery = faults_[index].recovery;
    recovery = std::max(recovery.value_or(Nanos{}), t - healed);
  }
  awaiting_effect_.clear();
}

std::string FaultTimeline::names_at(Nanos t) const {
  std::vector<std::string> names;
  for (const Interval& interval : intervals_) {
    const std::string& name = faults_[interval.fault].name;
    if (interval.from <= t && t < interval.to && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string FaultTimeline::in_force_at(Nanos t) const {
  if (std::string names = names_at(t); !names.empty()) return names;
  const Interval* last = nullptr;
  for (const Interval& interval : intervals_) {
    if (interval.to <= t && (last == nullptr || interval.to >= last->to)) last = &interval;
  }
  if (last == nullptr) return {};
  return faults_[last->fault].name + " (healed " + human_duration(t - last->to) + " before)";
}

std::string FaultTimeline::struck_between(Nanos from, Nanos to) const {
  if (std::string names = names_at(from); !names.empty()) return names;
  const Interval* first = nullptr;
  for (const Interval& interval : intervals_) {
    if (interval.from > from && interval.from <= to && (first == nullptr || interval.from < first->from)) {
      first = &interval;
    }
  }
  if (first == nullptr) return in_force_at(from);
  return faults_[first->fault].name + " (injected " + human_duration(first->from - from) +
         " after the effect before it)";
}

}  // namespace stormproof
