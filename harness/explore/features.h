/// What a run reached, as words: which fault met which phase of the work, what overlapped what, how processes ended,
/// what they logged. Two runs with the same features taught the same.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "harness/model/event.h"
#include "harness/model/run_summary.h"

namespace stormproof {

/// Collects features from a history, event by event.
class FeatureCollector {
 public:
  /// `kinds`: kind of each fault by its name. `messages`: how many are expected, 0 when nobody knows.
  FeatureCollector(std::map<std::string, std::string> kinds, std::uint64_t messages)
      : kinds_(std::move(kinds)), messages_(messages) {}

  void add(const EventView& event);
  /// Once, at the end.
  std::set<std::string> take();

 private:
  struct Message {
    bool open = false, acked = false, stored = false;
  };
  struct Process {
    bool down = false;    ///< ended, not yet ready again
    bool silent = false;  ///< ready again, no effect since
  };

  void on_message(const EventView& event);
  void on_effect(const EventView& event);
  void on_inject(const EventView& event);
  void on_process(const EventView& event);
  std::set<std::string> phases() const;
  std::string in_force_words() const;

  std::map<std::string, std::string> kinds_;
  std::uint64_t messages_;
  std::map<std::string, Message, std::less<>> states_;
  std::map<std::string, Process, std::less<>> processes_;
  std::map<std::string, std::string, std::less<>> last_by_;  ///< key -> process that stored it last
  std::set<std::string, std::less<>> orphaned_;              ///< keys whose process ended, until another one stores
  std::multiset<std::string> in_force_;                      ///< kinds
  std::set<std::string> past_;                               ///< families that struck before
  std::uint64_t open_ = 0, unstored_ = 0, unacked_ = 0, effects_ = 0;
  Nanos last_effect_{}, longest_gap_{};
  std::set<std::string> features_;
};

/// From a finished run whose directory still stands: its history, its logs, how its processes and faults fared.
std::set<std::string> features_of(const RunSummary& run);

}  // namespace stormproof
