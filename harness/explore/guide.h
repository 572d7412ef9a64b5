/// Chooses what to try next: of many candidates, fresh ones and changes of what reached something new, the one whose
/// genes were tried least. Nothing is tried twice, and what two trials have in common they have on purpose.
#pragma once

#include <map>
#include <set>
#include <string>

#include "harness/explore/corpus.h"
#include "harness/explore/generator.h"
#include "harness/explore/genes.h"

namespace stormproof {

class Guide {
 public:
  /// All must outlive it.
  Guide(const Palette& palette, const Census& census, Corpus& corpus)
      : palette_(palette), census_(census), corpus_(corpus) {}

  /// Counts as tried from now on, so that trials that run at the same time differ too.
  Schedule next(Rng& rng);

 private:
  double novelty(const Genes& genes) const;

  const Palette& palette_;
  const Census& census_;
  Corpus& corpus_;
  std::map<std::string, std::size_t> tried_;  ///< gene -> schedules that had it
  std::set<std::string> schedules_;
};

}  // namespace stormproof
