/// What a schedule will do, as far as the probing run tells: when each fault strikes, and whether anything will feel
/// it. A fault that never strikes, or strikes nothing, makes a whole trial worth nothing. Estimates err on the careful
/// side; faults also prolong the work, which is not counted on.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "harness/explore/census.h"
#include "harness/explore/palette.h"
#include "harness/explore/schedule.h"

namespace stormproof {

struct Foreseen {
  bool strikes = false;               ///< its trigger comes true
  bool felt = false;                  ///< and something is there to feel it
  Nanos from{}, to{};                 ///< since the work began; meaningful when it strikes
  std::optional<std::size_t> parent;  ///< the fault that its trigger waits for
};

class Foresight {
 public:
  /// Both must outlive it.
  Foresight(const Palette& palette, const Census& census) : palette_(palette), census_(census) {}

  /// In the order of the faults.
  std::vector<Foreseen> of(const Schedule& schedule) const;
  /// Every fault is felt.
  bool plausible(const Schedule& schedule) const;

 private:
  const Palette& palette_;
  const Census& census_;
};

}  // namespace stormproof
