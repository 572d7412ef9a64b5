/// Draws one fault inside a rapidcheck generator. Internal to harness/explore.
#pragma once

#include <optional>

#include "harness/explore/census.h"
#include "harness/explore/foresight.h"
#include "harness/explore/palette.h"
#include "harness/explore/schedule.h"

namespace stormproof {

/// Every member must be called inside rc::gen::exec: that is where chance comes from.
class FaultDrawer {
 public:
  FaultDrawer(const Palette& palette, const Census& census)
      : palette_(palette), census_(census), foresight_(palette, census) {}

  /// A fault that will be felt beside those of `schedule`, whose faults it may wait for, and leaves them felt. Where
  /// chance offers none, nothing, or for an empty schedule the last one drawn.
  std::optional<FaultSpec> fault(const Schedule& schedule) const;
  TriggerSpec trigger(const FaultSpec& fault, const Schedule& schedule) const;
  /// What it strikes, and how long.
  void place(FaultSpec& fault) const;
  void span(FaultSpec& fault) const;
  /// Moves a count or a time by up to a fifth.
  void nudge(TriggerSpec& trigger) const;

 private:
  FaultSpec draw(const Strike& strike, const Schedule& schedule) const;
  TriggerSpec shortly_before(const FaultSpec& other) const;
  const Strike* strike_of(const FaultSpec& fault) const;
  bool feeds(TriggerSpec::Kind kind, const FaultSpec& fault, const Schedule& schedule) const;
  std::size_t weight(TriggerSpec::Kind kind, const FaultSpec& fault) const;

  const Palette& palette_;
  const Census& census_;
  const Foresight foresight_;
};

/// Uniform in [low, high], whatever the generator's size. Inside rc::gen::exec.
std::int64_t draw_between(std::int64_t low, std::int64_t high);
bool draw_chance(int percent);

}  // namespace stormproof
