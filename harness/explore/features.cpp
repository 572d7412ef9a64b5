#include "harness/explore/features.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>

#include "harness/explore/census.h"
#include "harness/history/history_reader.h"

namespace stormproof {

namespace {

constexpr std::size_t kFormsMost = 200;

/// "client/0" -> "client": replicas are interchangeable.
std::string target_of(std::string_view process) { return std::string(process.substr(0, process.find('/'))); }

/// Pairs of all kinds would be several hundred features that teach little: which kind of cable was cut matters less
/// than whom it cut off.
std::string family_of(const std::string& kind) {
  constexpr std::array<std::string_view, 6> kOnProcesses{"kill", "term", "oom", "restart", "crash_loop", "pause"};
  return std::find(kOnProcesses.begin(), kOnProcesses.end(), kind) != kOnProcesses.end() ? kind : "a link fault";
}

/// 0, 1, 2 to 3, 4 to 7, …: coarse enough that noise adds nothing.
int magnitude(std::uint64_t value) { return static_cast<int>(std::bit_width(value)); }

}  // namespace

void FeatureCollector::add(const EventView& event) {
  switch (event.type) {
    case EventType::invoke:
    case EventType::ok:
    case EventType::fail:
    case EventType::info: return on_message(event);
    case EventType::effect: return on_effect(event);
    case EventType::inject: return on_inject(event);
    case EventType::heal: {
      const std::string& kind = kinds_[std::string(event.by)];
      if (const auto one = in_force_.find(kind); one != in_force_.end()) in_force_.erase(one);
      for (const std::string& phase : phases()) features_.insert(kind + " healed " + phase);
      return;
    }
    case EventType::process: return on_process(event);
    default: return;
  }
}

void FeatureCollector::on_message(const EventView& event) {
  Message& message = states_[std::string(event.id)];
  const bool was_open = message.open;
  message.open = event.type == EventType::invoke;
  open_ += static_cast<std::uint64_t>(message.open) - static_cast<std::uint64_t>(was_open);
  if (event.type == EventType::ok && !message.acked) {
    message.acked = true;
    if (message.stored) {
      --unacked_;
    } else {
      ++unstored_;
    }
  }
  if (event.type == EventType::info || event.type == EventType::fail) {
    features_.insert(fmt::format("{} under{}", to_string(event.type), in_force_words()));
  }
}

void FeatureCollector::on_effect(const EventView& event) {
  ++effects_;
  if (effects_ > 1) longest_gap_ = std::max(longest_gap_, event.t - last_effect_);
  last_effect_ = event.t;
  Message& message = states_[std::string(event.id)];
  if (!message.stored) {
    message.stored = true;
    if (message.acked) {
      --unstored_;
    } else {
      ++unacked_;
    }
  }
  const std::string by(event.by);
  if (const auto process = processes_.find(by); process != processes_.end()) process->second.silent = false;
  if (event.key.empty()) return;
  const std::string key(event.key);
  std::string& last = last_by_[key];
  if (!last.empty() && last != by) features_.insert("taken over under" + in_force_words());
  if (orphaned_.erase(key) > 0 && last == by) features_.insert("resumed by the restarted process");
  last = by;
}

std::set<std::string> FeatureCollector::phases() const {
  std::set<std::string> out;
  if (effects_ == 0) {
    out.insert("before any effect");
  } else if (messages_ > 0 && effects_ >= messages_) {
    out.insert("after all effects");
  } else if (messages_ > 0) {
    constexpr const char* kThirds[] = {"early", "halfway", "late"};
    out.insert(kThirds[effects_ * 3 / messages_]);
  }
  if (open_ > 0) out.insert("with messages sent and not acknowledged");
  if (unstored_ > 0 && messages_ == 0) out.insert("with messages acknowledged and not stored");
  if (unacked_ > 0) out.insert("with messages stored and not acknowledged");
  for (const auto& [name, process] : processes_) {
    if (process.down) out.insert("while " + target_of(name) + " is down");
    if (process.silent) out.insert("while " + target_of(name) + " recovers");
  }
  if (!orphaned_.empty()) out.insert("during hand-over");
  return out;
}

std::string FeatureCollector::in_force_words() const {
  std::string words;
  std::set<std::string> families;
  for (const std::string& kind : in_force_) families.insert(family_of(kind));
  for (const std::string& family : families) words += ' ' + family;
  return words.empty() ? " nothing" : words;
}

void FeatureCollector::on_inject(const EventView& event) {
  const std::string& kind = kinds_[std::string(event.by)];
  for (const std::string& phase : phases()) features_.insert(kind + ' ' + phase);
  const std::string family = family_of(kind);
  for (const std::string& other : in_force_) features_.insert(family + " during " + family_of(other));
  for (const std::string& other : past_) features_.insert(family + " after " + other);
  past_.insert(family);
  in_force_.insert(kind);
}

void FeatureCollector::on_process(const EventView& event) {
  Process& process = processes_[std::string(event.by)];
  const std::string name = target_of(event.by);
  const std::string how = event.id == "exited" ? ' ' + line_form(event.detail) : "";
  features_.insert(fmt::format("{} {}{} under{}", name, event.id, how, in_force_words()));
  if (event.id == "exited") {
    process.down = true;
    for (const auto& [key, by] : last_by_) {
      if (by == event.by) orphaned_.insert(key);
    }
  } else if (event.id == "ready") {
    process.silent = process.down;
    process.down = false;
  }
}

std::set<std::string> FeatureCollector::take() {
  constexpr Nanos kGap = std::chrono::milliseconds(50);
  features_.insert(fmt::format("longest pause between effects: 2^{}", magnitude(longest_gap_ / kGap)));
  return std::move(features_);
}

std::set<std::string> features_of(const RunSummary& run) {
  std::map<std::string, std::string> kinds;
  for (const FaultSummary& fault : run.faults) kinds[fault.name] = fault.kind;
  FeatureCollector collector(std::move(kinds), run.counts.attempted);
  // A damaged history still teaches what it holds.
  (void)read_history(run.run_dir / "history.bin", [&](const EventView& event) { collector.add(event); });
  std::set<std::string> features = collector.take();
  for (const FaultSummary& fault : run.faults) {
    if (fault.fired && fault.hits == 0) features.insert(fault.kind + " struck nothing");
  }
  for (const ProcessSummary& process : run.processes) {
    const std::string target = target_of(process.name);
    features.insert(fmt::format("{}: restarts 2^{}", target, magnitude(static_cast<std::uint64_t>(process.restarts))));
    for (const std::string& log : {process.stdout_log, process.stderr_log}) {
      if (log.empty()) continue;
      for (const auto& [form, times] : log_forms(run.run_dir / log, kFormsMost)) {
        features.insert(fmt::format("{} logs {} 2^{}", target, form, magnitude(static_cast<std::uint64_t>(times))));
      }
    }
  }
  for (const LinkSummary& link : run.links) {
    features.insert(fmt::format("link {}: connections 2^{}", link.name, magnitude(link.connections)));
  }
  return features;
}

}  // namespace stormproof
