/// When which fault was in force, whether it bit, and how soon effects came again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/model/event.h"

namespace stormproof {

/// What a history says about one fault.
struct FaultObservation {
  std::string name;
  std::string kind;
  std::string on;        ///< "client/0", "link feed"; several joined by ", "
  bool planned = false;  ///< a `plan` note announced it
  bool fired = false;
  bool counted = false;  ///< there are bite records, so that `hits` means something
  std::uint64_t hits = 0;
  std::optional<Nanos> injected_at;  ///< the first time
  std::optional<Nanos> healed_at;    ///< the last time
  std::optional<Nanos> recovery;     ///< from a heal to the next effect; the longest, if it healed several times
};

class FaultTimeline {
 public:
  void on_event(const EventView& event);

  /// Number of faults in force now, each replica or link counted.
  std::size_t in_force() const { return in_force_.size(); }
  /// A heal was not followed by an effect yet.
  bool awaits_effect() const { return !awaiting_effect_.empty(); }
  const std::vector<FaultObservation>& faults() const { return faults_; }

  /// What was in force at `t`, for Anomaly::fault: "kill", "latency, pause", else the one healed last before it:
  /// "kill (healed 12ms before)"; "" when nothing had struck yet.
  std::string in_force_at(Nanos t) const;
  /// For something that went wrong at an unknown time in (from, to]: what was in force at `from`, else the first fault
  /// injected after it: "kill (injected 3ms after the effect before it)", else as in_force_at(from).
  std::string struck_between(Nanos from, Nanos to) const;
  /// The end of the last heal; nullopt when none healed.
  std::optional<Nanos> last_heal() const { return last_heal_; }

 private:
  struct Interval {
    std::size_t fault = 0;
    Nanos from{};
    Nanos to = Nanos::max();
  };
  FaultObservation& fault(std::string_view name, std::string_view kind, std::string_view on);
  void inject(const EventView& event);
  void heal(const EventView& event);
  void effect(Nanos t);
  std::string names_at(Nanos t) const;

  std::vector<FaultObservation> faults_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::map<std::pair<std::string, std::string>, std::size_t> in_force_;  // (name, on) -> index into intervals_
  std::vector<Interval> intervals_;
  std::map<std::size_t, Nanos> awaiting_effect_;  // fault -> time of its heal
  std::optional<Nanos> last_heal_;
};

}  // namespace stormproof
