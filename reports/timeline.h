/// What the HTML page draws of one run: the history, thinned out so that a page of many runs stays small. Memory is
/// bounded whatever the history's length.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/model/event.h"

namespace stormproof {

/// Counts over time in at most kBins bins; the bins double in width when time goes beyond the last.
class BinnedCounts {
 public:
  static constexpr std::size_t kBins = 256;
  void add(Nanos t);
  Nanos width() const { return width_; }
  const std::vector<std::uint32_t>& bins() const { return bins_; }
  /// Doubles the width until it is at least `width`.
  void widen_to(Nanos width);

 private:
  void halve();
  Nanos width_ = std::chrono::milliseconds(1);
  std::vector<std::uint32_t> bins_;
};

/// Pairs (time of effect, send-to-effect), thinned evenly; the largest of each bin is never lost.
class LatencySamples {
 public:
  void add(Nanos t, Nanos latency);
  struct Point {
    Nanos t{};
    Nanos p50{}, p99{}, max{};
  };
  std::vector<Point> points(std::size_t most) const;

 private:
  struct Sample {
    Nanos t{};
    Nanos latency{};
  };
  std::vector<Sample> samples_;
  std::vector<Sample> peaks_;
  std::uint64_t seen_ = 0;
  std::uint64_t stride_ = 1;
  Nanos peak_width_ = std::chrono::milliseconds(1);
};

/// Fed with the history in order, then printed once.
class TimelineBuilder {
 public:
  void add(const EventView& event);
  /// Damage, or why there is no history at all; shown on the page.
  void set_trouble(std::string sentence) { trouble_ = std::move(sentence); }
  /// One JSON object; reports/html/page.js documents how each member is drawn.
  std::string json() const;

 private:
  struct ProcessEvent {
    Nanos t{};
    std::string id, detail;
    bool unasked = false;
  };
  struct FaultTrack {
    std::string kind, on;
    struct Interval {
      Nanos from{};
      Nanos to{-1};  ///< negative: still in force at the end
      std::string on;
    };
    std::vector<Interval> intervals;
    std::int64_t hits = 0;
  };
  struct Note {
    Nanos t{};
    std::string by, detail;
  };

  void add_effect(const EventView& event);
  void add_fault(const EventView& event);
  static void heal(FaultTrack& fault, const EventView& event);
  void add_process(const EventView& event);

  std::uint64_t events_ = 0;
  Nanos end_{};
  Nanos drive_{-1};
  std::vector<std::pair<Nanos, std::string>> phases_;
  std::map<std::string, std::vector<ProcessEvent>> processes_;
  std::vector<std::string> fault_order_;
  std::map<std::string, FaultTrack, std::less<>> faults_;
  std::map<std::string, BinnedCounts, std::less<>> effects_;
  std::vector<Note> notes_;
  std::unordered_map<std::uint64_t, Nanos> waiting_;  ///< hash of the id -> time of invoke, until the first effect
  LatencySamples latency_;
  std::uint64_t known_before_drive_ = 0;
  std::string trouble_;
};

}  // namespace stormproof
