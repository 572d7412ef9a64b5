#include "harness/explore/guide.h"

namespace stormproof {

namespace {
/// So many are drawn, and the most novel is tried. Of changed ones fewer, to stay close to where they came from.
constexpr int kFresh = 24;
constexpr int kChanged = 6;
constexpr double kChangedShare = 0.35;
constexpr int kFullSize = 100;
}  // namespace

double Guide::novelty(const Genes& genes) const {
  double sum = 0;
  for (const auto& [gene, weight] : genes) {
    const auto known = tried_.find(gene);
    sum += weight / (1.0 + static_cast<double>(known == tried_.end() ? 0 : known->second));
  }
  return sum;
}

Schedule Guide::next(Rng& rng) {
  const ScheduleGenerator generator(palette_, census_);
  const Foresight foresight(palette_, census_);
  const Schedule* from = rng.chance(kChangedShare) ? corpus_.choose(rng) : nullptr;
  Schedule best;
  Genes best_genes;
  double best_novelty = -1;
  for (int i = 0; i < (from == nullptr ? kFresh : kChanged); ++i) {
    Schedule candidate = from == nullptr ? generator.draw(rng.next(), kFullSize)
                                         : generator.mutate(*from, *corpus_.any(rng), rng.next());
    // A change may have taken away what another fault waits for.
    if (from != nullptr && best_novelty >= 0 && !foresight.plausible(candidate)) continue;
    if (candidate.faults.empty() || (best_novelty >= 0 && schedules_.count(to_text(candidate)) > 0)) continue;
    Genes genes = genes_of(candidate, palette_, census_);
    const double found = novelty(genes);
    if (found <= best_novelty) continue;
    best = std::move(candidate);
    best_genes = std::move(genes);
    best_novelty = found;
  }
  if (best.faults.empty()) best = generator.draw(rng.next(), kFullSize);  // the changes left none
  for (const auto& [gene, weight] : best_genes) ++tried_[gene];
  schedules_.insert(to_text(best));
  return best;
}

}  // namespace stormproof
