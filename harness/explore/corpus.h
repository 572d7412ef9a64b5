/// The schedules that reached something new, and which of them to change next.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "harness/explore/schedule.h"

namespace stormproof {

class Corpus {
 public:
  /// What a run of `schedule` reached. Returns how many features are new; with any, the schedule is kept.
  std::size_t add(const Schedule& schedule, const std::set<std::string>& features);

  /// One to change: the rarer the features it brought, and the less often it was chosen, the likelier. Nothing while
  /// the corpus is empty.
  const Schedule* choose(Rng& rng);
  /// Any of them, for its parts.
  const Schedule* any(Rng& rng) const;

  std::size_t features() const { return seen_.size(); }
  std::size_t schedules() const { return kept_.size(); }
  const std::map<std::string, std::size_t>& seen() const { return seen_; }

 private:
  struct Kept {
    Schedule schedule;
    std::vector<std::string> brought;
    std::size_t chosen = 0;
  };
  double energy(const Kept& kept) const;

  std::map<std::string, std::size_t> seen_;  ///< feature -> runs that had it
  std::vector<Kept> kept_;
};

}  // namespace stormproof
