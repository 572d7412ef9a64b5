/// When does a run stop driving, when does it stop waiting? Pure: observations and the time in, the phase out.
#pragma once

#include <cstdint>

#include "harness/base/clock.h"

namespace stormproof {

/// drive: the source works and faults strike. drain: everything is healed, late effects may still come in. over: stop
/// the targets.
enum class RunPhase { drive, drain, over };

struct Observation {
  bool source_finished = false;
  std::uint64_t missing = 0;         ///< acknowledged, no effect yet
  bool faults_settled = true;        ///< every armed fault fired and, unless it lasts to the end, healed
  bool timed_fault_pending = false;  ///< one that waits for the clock (`at`, a `delay`, a heal) will still act
  bool targets_gone = false;         ///< no target runs or will run again: nothing can flow any more
  Nanos quiet{};                     ///< since the last operation, effect, injection or heal (QuietClock)
};

struct PhaseRules {
  Nanos settle{};  ///< quiet time after which a missing message is given up
  Nanos linger{};  ///< quiet time to wait for late duplicates when nothing is missing
};

class PhaseFsm {
 public:
  explicit PhaseFsm(PhaseRules rules) : rules_(rules) {}
  RunPhase phase() const { return phase_; }
  /// Moves on at most one phase for each call. The caller heals everything when drive ends.
  RunPhase on_tick(const Observation& seen);

 private:
  bool drive_ends(const Observation& seen) const;
  PhaseRules rules_;
  RunPhase phase_ = RunPhase::drive;
};

}  // namespace stormproof
