/// What is remarkable about a schedule before it runs: which kinds strike whom and when, in which order, and what
/// overlaps. Two schedules with the same genes will hardly teach two things.
#pragma once

#include <map>
#include <string>

#include "harness/explore/foresight.h"

namespace stormproof {

/// Each gene with its weight: what ends or stops something teaches more than what delays it.
using Genes = std::map<std::string, double>;

Genes genes_of(const Schedule& schedule, const Palette& palette, const Census& census);

}  // namespace stormproof
