/// Draws schedules, and changes them. All chance comes from the seed: the same seed draws the same schedule on every
/// machine.
#pragma once

#include <cstdint>

#include "harness/explore/census.h"
#include "harness/explore/palette.h"
#include "harness/explore/schedule.h"

namespace stormproof {

class ScheduleGenerator {
 public:
  /// Both must outlive it.
  ScheduleGenerator(const Palette& palette, const Census& census) : palette_(palette), census_(census) {}

  /// A fresh schedule of min_faults to max_faults faults; `size` from 0 to 100 bounds how many.
  Schedule draw(std::uint64_t seed, int size) const;
  /// One to three changes: another count nearby, another trigger, a fault more or less, one that follows another, a
  /// part of `other`.
  Schedule mutate(const Schedule& schedule, const Schedule& other, std::uint64_t seed) const;

 private:
  const Palette& palette_;
  const Census& census_;
};

}  // namespace stormproof
