/// Histories of many small stories at once, each with a known number of anomalies of known invariants planted in it.
/// Every story is sound but for what was planted, and none touches another's messages, so that any interleaving has the
/// same truth.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "harness/model/event.h"

namespace stormproof {

/// "no_loss/lost" -> how many.
using Truth = std::map<std::string, std::uint64_t>;

struct PlantedHistory {
  std::vector<std::vector<Event>> stories;  ///< each in its own order, without times
  Truth truth;
};

/// What `truth` speaks of.
extern const char* const kPlantedInvariants;

PlantedHistory planted_history(Rng& rng);

/// One history: a fault that struck and healed first, then all stories in a random interleaving, with rising times.
std::vector<Event> interleaved(const PlantedHistory& planted, Rng& rng);

}  // namespace stormproof
