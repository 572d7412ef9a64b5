#include "harness/run/gauge_sampler.h"

#include <algorithm>

#include "harness/supervise/proc_gauges.h"

namespace stormproof {

GaugeSampler::GaugeSampler(const Scenario& scenario, Recorder& recorder) : recorder_(recorder) {
  const bool wanted =
      std::any_of(scenario.invariants.begin(), scenario.invariants.end(),
                  [](const InvariantSpec& spec) { return spec.name == "bounded" || spec.name == "leak_free"; });
  if (!wanted) return;
  for (const TargetSpec& target : scenario.targets) targets_.push_back(target.name);
}

void GaugeSampler::on_tick(Nanos now, const ProcessControl& processes) {
  if (now < due_) return;
  due_ = now + kEvery;
  for (const std::string& target : targets_) {
    for (const std::string& process : processes.resolve(target)) {
      const ProcessState state = processes.state(process);
      if (!state.running || state.phase == ProcessPhase::starting) continue;
      const auto gauges = proc_gauges(static_cast<pid_t>(state.pid));
      if (!gauges) continue;
      const std::pair<std::string_view, std::int64_t> values[] = {
          {"files", gauges->files}, {"threads", gauges->threads}, {"memory", gauges->memory}};
      for (const auto& [name, value] : values) {
        recorder_.record({.type = EventType::note, .id = "gauge", .key = name, .seq = value, .by = process});
      }
    }
  }
}

}  // namespace stormproof
