#include "harness/explore/corpus.h"

#include <cmath>

namespace stormproof {

std::size_t Corpus::add(const Schedule& schedule, const std::set<std::string>& features) {
  Kept kept{schedule, {}, 0};
  for (const std::string& feature : features) {
    if (++seen_[feature] == 1) kept.brought.push_back(feature);
  }
  const std::size_t fresh = kept.brought.size();
  if (fresh > 0 && !schedule.faults.empty()) kept_.push_back(std::move(kept));
  return fresh;
}

double Corpus::energy(const Kept& kept) const {
  double rarity = 0;
  for (const std::string& feature : kept.brought) rarity += 1.0 / static_cast<double>(seen_.at(feature));
  return std::ldexp(rarity, -static_cast<int>(kept.chosen));
}

const Schedule* Corpus::choose(Rng& rng) {
  if (kept_.empty()) return nullptr;
  double total = 0;
  for (const Kept& kept : kept_) total += energy(kept);
  double at = rng.unit() * total;
  std::size_t index = 0;
  while (index + 1 < kept_.size() && at >= energy(kept_[index])) at -= energy(kept_[index++]);
  ++kept_[index].chosen;
  return &kept_[index].schedule;
}

const Schedule* Corpus::any(Rng& rng) const {
  if (kept_.empty()) return nullptr;
  return &kept_[static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(kept_.size()) - 1))].schedule;
}

}  // namespace stormproof
