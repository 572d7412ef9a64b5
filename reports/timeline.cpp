#include "reports/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "harness/base/rng.h"
#include "reports/words.h"

namespace stormproof {
namespace {

constexpr std::size_t kLanesMost = 64;
constexpr std::size_t kProcessEventsMost = 400;
constexpr std::size_t kIntervalsMost = 400;
constexpr std::size_t kNotesMost = 100;
constexpr std::size_t kTextMost = 400;
constexpr std::size_t kWaitingMost = 2'000'000;
constexpr std::size_t kSamplesMost = 1 << 16;
constexpr std::size_t kPeaksMost = 512;

std::string quoted_text(std::string_view bytes) { return json_text(bytes.substr(0, kTextMost)); }
std::string seconds(Nanos t) { return fmt::format("{:.6g}", std::chrono::duration<double>(t).count()); }
std::string microseconds(Nanos t) { return fmt::format("{}", t.count() / 1000); }

template <class List, class Print>
std::string json_list(const List& list, Print print) {
  std::string out = "[";
  for (const auto& item : list) {
    if (out.size() > 1) out += ',';
    out += print(item);
  }
  return out + ']';
}

}  // namespace

void BinnedCounts::add(Nanos t) {
  if (t < Nanos::zero()) t = Nanos::zero();
  while (t / width_ >= static_cast<std::int64_t>(kBins)) halve();
  const auto bin = static_cast<std::size_t>(t / width_);
  if (bins_.size() <= bin) bins_.resize(bin + 1);
  ++bins_[bin];
}

void BinnedCounts::halve() {
  width_ *= 2;
  for (std::size_t i = 0; 2 * i < bins_.size(); ++i) {
    bins_[i] = bins_[2 * i] + (2 * i + 1 < bins_.size() ? bins_[2 * i + 1] : 0);
  }
  bins_.resize((bins_.size() + 1) / 2);
}

void BinnedCounts::widen_to(Nanos width) {
  while (width_ < width) halve();
}

void LatencySamples::add(Nanos t, Nanos latency) {
  const std::int64_t bin = t / peak_width_;
  if (peaks_.empty() || peaks_.back().t / peak_width_ != bin) {
    peaks_.push_back({t, latency});
  } else if (peaks_.back().latency < latency) {
    peaks_.back() = {t, latency};
  }
  if (peaks_.size() > kPeaksMost) {
    peak_width_ *= 2;
    std::vector<Sample> merged;
    for (const Sample& peak : peaks_) {
      if (merged.empty() || merged.back().t / peak_width_ != peak.t / peak_width_) {
        merged.push_back(peak);
      } else if (merged.back().latency < peak.latency) {
        merged.back() = peak;
      }
    }
    peaks_ = std::move(merged);
  }
  if (seen_++ % stride_ != 0) return;
  samples_.push_back({t, latency});
  if (samples_.size() < kSamplesMost) return;
  stride_ *= 2;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < samples_.size(); i += 2) samples_[kept++] = samples_[i];
  samples_.resize(kept);
}

std::vector<LatencySamples::Point> LatencySamples::points(std::size_t most) const {
  std::vector<Point> result;
  if (samples_.empty() || most == 0) return result;
  const Nanos first = std::min(samples_.front().t, peaks_.front().t);
  const Nanos last = std::max(samples_.back().t, peaks_.back().t);
  const Nanos width = (last - first) / static_cast<std::int64_t>(most) + Nanos(1);
  auto sample = samples_.begin();
  auto peak = peaks_.begin();
  for (std::size_t bin = 0; bin < most; ++bin) {
    const Nanos end = first + width * static_cast<std::int64_t>(bin + 1);
    std::vector<Nanos> latencies;
    Nanos largest{};
    for (; sample != samples_.end() && sample->t < end; ++sample) latencies.push_back(sample->latency);
    for (; peak != peaks_.end() && peak->t < end; ++peak) largest = std::max(largest, peak->latency);
    if (latencies.empty()) continue;
    std::sort(latencies.begin(), latencies.end());
    const auto quantile = [&](double q) {
      return latencies[static_cast<std::size_t>(q * static_cast<double>(latencies.size() - 1))];
    };
    result.push_back({end - width / 2, quantile(0.5), quantile(0.99), std::max(largest, latencies.back())});
  }
  return result;
}

void TimelineBuilder::add(const EventView& event) {
  ++events_;
  end_ = std::max(end_, event.t);
  switch (event.type) {
    case EventType::invoke:
      if (drive_ < Nanos::zero()) {
        ++known_before_drive_;
      } else if (waiting_.size() < kWaitingMost) {
        waiting_.emplace(hash64(event.id), event.t);
      }
      break;
    case EventType::effect: add_effect(event); break;
    case EventType::inject:
    case EventType::heal:
    case EventType::bite: add_fault(event); break;
    case EventType::process: add_process(event); break;
    case EventType::phase:
      if (phases_.size() < kNotesMost) phases_.emplace_back(event.t, event.by);
      if (event.by == "drive" && drive_ < Nanos::zero()) drive_ = event.t;
      break;
    case EventType::note:
      // Connections come and go by the hundred; what befell them by a fault is told.
      if (event.by.starts_with("link ") && (event.detail.starts_with("opened") || event.detail.starts_with("closed"))) {
        break;
      }
      if (notes_.size() < kNotesMost && event.by != "plan" && event.id != "gauge" && event.key != "stage") {
        std::string what(event.id);
        if (!event.detail.empty()) what += (what.empty() ? "" : ": ") + std::string(event.detail);
        notes_.push_back({event.t, std::string(event.by), what});
      }
      break;
    case EventType::ok:
    case EventType::fail:
    case EventType::info:
    case EventType::anomaly: break;
  }
}

void TimelineBuilder::add_effect(const EventView& event) {
  auto lane = effects_.find(event.by);
  if (lane == effects_.end()) {
    lane = effects_.emplace(effects_.size() < kLanesMost ? std::string(event.by) : "others", BinnedCounts()).first;
  }
  lane->second.add(event.t);
  const auto sent = waiting_.find(hash64(event.id));
  if (sent == waiting_.end()) return;
  latency_.add(event.t, event.t - sent->second);
  waiting_.erase(sent);
}

void TimelineBuilder::add_fault(const EventView& event) {
  auto found = faults_.find(event.by);
  if (found == faults_.end()) {
    if (faults_.size() >= kLanesMost) return;
    found = faults_.emplace(std::string(event.by), FaultTrack()).first;
    fault_order_.emplace_back(event.by);
  }
  FaultTrack& fault = found->second;
  if (event.type == EventType::bite) {
    if (event.seq != EventView::kNoSeq) fault.hits = std::max(fault.hits, event.seq);
    return;
  }
  if (!event.id.empty()) fault.kind = event.id;
  if (!event.key.empty()) fault.on = event.key;
  if (event.type == EventType::inject) {
    if (fault.intervals.size() < kIntervalsMost) {
      fault.intervals.push_back({event.t, Nanos(-1), std::string(event.key)});
    }
    return;
  }
  heal(fault, event);
}

void TimelineBuilder::heal(FaultTrack& fault, const EventView& event) {
  const auto close = [&](bool any) {
    for (auto interval = fault.intervals.rbegin(); interval != fault.intervals.rend(); ++interval) {
      if (interval->to < Nanos::zero() && (any || interval->on == event.key)) {
        interval->to = event.t;
        return true;
      }
    }
    return false;
  };
  if (close(event.key.empty())) return;
  // A heal may name the target as written where the inject named its replica; one that was healed before is not meant.
  const bool known = std::any_of(fault.intervals.begin(), fault.intervals.end(),
                                 [&](const FaultTrack::Interval& interval) { return interval.on == event.key; });
  if (!known) close(true);
}

void TimelineBuilder::add_process(const EventView& event) {
  if (processes_.size() >= kLanesMost && !processes_.contains(std::string(event.by))) return;
  std::vector<ProcessEvent>& events = processes_[std::string(event.by)];
  if (events.size() >= kProcessEventsMost) return;
  events.push_back({event.t, std::string(event.id), std::string(event.detail), event.key == "unasked"});
}

std::string TimelineBuilder::json() const {
  Nanos width = std::chrono::milliseconds(1);
  for (const auto& [by, counts] : effects_) width = std::max(width, counts.width());

  std::string out = fmt::format("{{\"events\":{},\"end\":{},\"bin\":{},\"known_before_drive\":{},\"trouble\":{}",
                                events_, seconds(end_), seconds(width), known_before_drive_, quoted_text(trouble_));
  out += ",\"phases\":" + json_list(phases_, [](const auto& phase) {
           return fmt::format("[{},{}]", seconds(phase.first), quoted_text(phase.second));
         });
  out += ",\"processes\":" + json_list(processes_, [](const auto& process) {
           return fmt::format("{{\"name\":{},\"events\":{}}}", quoted_text(process.first),
                              json_list(process.second, [](const ProcessEvent& event) {
                                return fmt::format("[{},{},{},{}]", seconds(event.t), quoted_text(event.id),
                                                   quoted_text(event.detail), event.unasked ? 1 : 0);
                              }));
         });
  out += ",\"faults\":" + json_list(fault_order_, [this](const std::string& name) {
           const FaultTrack& fault = faults_.find(name)->second;
           return fmt::format("{{\"name\":{},\"kind\":{},\"on\":{},\"hits\":{},\"intervals\":{}}}", quoted_text(name),
                              quoted_text(fault.kind), quoted_text(fault.on), fault.hits,
                              json_list(fault.intervals, [](const FaultTrack::Interval& interval) {
                                return fmt::format("[{},{},{}]", seconds(interval.from),
                                                   interval.to < Nanos::zero() ? "null" : seconds(interval.to),
                                                   quoted_text(interval.on));
                              }));
         });
  out += ",\"effects\":" + json_list(effects_, [width](const auto& lane) {
           BinnedCounts counts = lane.second;
           counts.widen_to(width);
           return fmt::format("{{\"by\":{},\"bins\":{}}}", quoted_text(lane.first),
                              json_list(counts.bins(), [](std::uint32_t n) { return fmt::format("{}", n); }));
         });
  constexpr std::size_t kLatencyPoints = 120;
  out += ",\"latency\":" + json_list(latency_.points(kLatencyPoints), [](const LatencySamples::Point& point) {
           return fmt::format("[{},{},{},{}]", seconds(point.t), microseconds(point.p50), microseconds(point.p99),
                              microseconds(point.max));
         });
  out += ",\"notes\":" + json_list(notes_, [](const Note& note) {
           return fmt::format("[{},{},{}]", seconds(note.t), quoted_text(note.by), quoted_text(note.detail));
         });
  return out + "}";
}

}  // namespace stormproof
