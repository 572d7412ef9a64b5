#include "harness/run/phase_fsm.h"

#include <algorithm>

namespace stormproof {

bool PhaseFsm::drive_ends(const Observation& seen) const {
  if (seen.timed_fault_pending) return false;
  if (!seen.source_finished) return false;
  if (seen.missing == 0 && seen.faults_settled) return true;
  if (seen.targets_gone && seen.faults_settled) return true;
  // A fault that waits for a count which is no longer reached, or a message that does not come: give it `settle`.
  return seen.quiet >= rules_.settle;
}

RunPhase PhaseFsm::on_tick(const Observation& seen) {
  if (phase_ == RunPhase::drive && drive_ends(seen)) {
    phase_ = RunPhase::drain;
  } else if (phase_ == RunPhase::drain) {
    const bool nothing_more = seen.missing == 0 || seen.targets_gone;
    if (seen.quiet >= (nothing_more ? std::min(rules_.linger, rules_.settle) : rules_.settle)) phase_ = RunPhase::over;
  }
  return phase_;
}

}  // namespace stormproof
