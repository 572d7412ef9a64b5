/// Everything a run needs to know, with all chance drawn. plan.json holds it, so a replay needs no generator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/model/scenario.h"

namespace stormproof {

/// One random decision of the planner, for the record and for `replay`.
struct Draw {
  std::string what;   ///< "fault/kill/target", "fault/kill/when", "fault/latency/armed"
  std::string value;  ///< "client/1", "317", "no"
};

/// A link as far as it is used by certain replicas.
struct LinkCut {
  std::string link;
  Direction direction = Direction::both;
  std::vector<std::string> from;  ///< "client/0", ...

  bool operator==(const LinkCut&) const = default;
};

/// A fault with nothing left to chance: target selectors "any" resolved, ranges collapsed.
struct PlannedFault {
  FaultSpec spec;
  bool armed = true;          ///< false: its `probability` said no; it is not expected to fire
  std::vector<LinkCut> cuts;  ///< what lies between its groups, if it has any
  std::uint64_t stream = 0;   ///< seed of the fault's own random stream (jitter, per-connection chance)
};

struct Plan {
  Scenario scenario;  ///< its `faults` are as written; `faults` below is what will be done
  std::uint64_t seed = 0;
  std::uint64_t source_stream = 0;  ///< seed of the source's random stream
  std::vector<PlannedFault> faults;
  std::vector<Draw> draws;
};

}  // namespace stormproof
