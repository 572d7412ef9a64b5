/// What `stormproof explore` may do to a scenario ([explore]), and where a scenario it wrote came from ([found]).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/clock.h"
#include "harness/model/params.h"
#include "harness/model/source_range.h"

namespace stormproof {

/// The values a parameter may take: one of several, or anything from low to high.
struct ParamChoice {
  enum class Form { one_of, range };
  Form form = Form::one_of;
  std::vector<ParamValue> values;  ///< never empty; for a range {low, high}, of one type
};

using DurationRange = std::pair<Nanos, Nanos>;

/// One [[explore.faults]]: a kind that may strike, with ranges where a fault has values.
struct PaletteEntry {
  std::string kind;
  std::string target;  ///< as in a fault; empty: whatever the kind can strike
  std::string link;
  int weight = 1;                             ///< drawn this much more often than one of weight 1
  std::optional<DurationRange> lasts;         ///< `for`; lasting kinds only
  std::optional<DurationRange> restart;       ///< instant kinds on processes only
  std::map<std::string, ParamChoice> params;  ///< those not named get a range that suits their type
  SourceRange where;
};

struct ExploreSpec {
  std::vector<std::string> kinds;     ///< empty: all the topology admits, but for those that falsify bytes
  std::vector<std::string> targets;   ///< targets or replicas that may be struck; empty: all
  std::vector<std::string> links;     ///< empty: all
  std::vector<std::string> triggers;  ///< "effects", "bytes", ...; empty: all that something feeds
  std::vector<PaletteEntry> palette;  ///< in place of `kinds`
  int max_faults = 6;                 ///< in one schedule
  int runs = 200;
  std::optional<Nanos> lasts;  ///< `for`: stop after this long
  int patience = 0;            ///< stop after so many runs without a new feature; 0: never
  SourceRange where;
};

/// Written into the scenarios that `explore` found.
struct FoundSpec {
  std::string anomaly;  ///< "duplicate"
  int reproduced = 0;   ///< failed so often ...
  int repeated = 0;     ///< ... in so many runs, when it was filed
  SourceRange where;
};

}  // namespace stormproof
