/// What may happen in a scenario: its [explore] table against its topology, with every gap filled.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/api/kind_info.h"
#include "harness/base/result.h"
#include "harness/model/scenario.h"

namespace stormproof {

/// One kind on everything it may strike.
struct Strike {
  const FaultKindInfo* kind = nullptr;
  std::size_t weight = 1;
  std::vector<std::string> targets;  ///< selectors without "any"; for kinds on processes
  std::vector<std::string> links;    ///< for kinds on links
  DurationRange lasts;               ///< lasting kinds
  DurationRange restart;             ///< instant kinds on processes
  bool may_stay_down = false;        ///< the target's own policy brings it back, so `restart` may be left out
  std::map<std::string, ParamChoice> params;
};

struct Palette {
  std::vector<Strike> strikes;
  std::vector<TriggerSpec::Kind> triggers;
  struct Ends {
    std::string server;                ///< the process the link leads to, "server/0"
    std::vector<std::string> clients;  ///< those that are told its address
  };
  std::map<std::string, Ends> links;  ///< by name
  std::size_t min_faults = 1;
  std::size_t max_faults = 6;
};

/// A usage error when nothing is left that could strike. Kinds that falsify bytes, which no TCP peer would see
/// (`corrupt`, `duplicate_bytes`), must be asked for; so must `oom` on targets without a memory limit.
Result<Palette> make_palette(const Scenario& scenario, const Kinds& kinds);

}  // namespace stormproof
