/// Looks at the targets' processes now and then and records what they hold, for `bounded` and `leak_free`.
#pragma once

#include <string>
#include <vector>

#include "harness/api/process.h"
#include "harness/api/recorder.h"
#include "harness/model/scenario.h"

namespace stormproof {

class GaugeSampler {
 public:
  static constexpr Nanos kEvery = std::chrono::milliseconds(100);

  /// Does nothing unless the scenario asks for an invariant that needs samples.
  GaugeSampler(const Scenario& scenario, Recorder& recorder);

  /// On the loop's thread, as often as it likes: samples when the last time is `kEvery` ago. `now`: run time.
  void on_tick(Nanos now, const ProcessControl& processes);
  /// At the next tick in any case: something has changed.
  void soon() { due_ = Nanos{}; }

 private:
  std::vector<std::string> targets_;
  Recorder& recorder_;
  Nanos due_{};
};

}  // namespace stormproof
