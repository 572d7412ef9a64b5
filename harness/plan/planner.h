/// Scenario + seed -> Plan: every choice left to chance is drawn here and written down, so that a stored plan replays
/// without the generator.
#pragma once

#include <cstdint>

#include "harness/model/plan.h"

namespace stormproof {

/// Pure: the same scenario and seed give the same plan on every machine. Each fault draws from its own stream, forked
/// by its name, so that removing one fault does not change what is drawn for another. Drawn are: the replica of a
/// "TARGET/any" selector, the value of a range in a trigger, whether a fault on processes with a `probability` is
/// armed. A fault that waits (`after`) for one that is not armed is not armed either.
Plan make_plan(Scenario scenario, std::uint64_t seed);

}  // namespace stormproof
