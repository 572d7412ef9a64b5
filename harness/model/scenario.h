/// A scenario for one cell of its matrix: typed, checked, all {params.*} expanded. Every spec knows where it stands in
/// the file, so that later passes can still point. Placeholders other than {params.*} are checked but not yet expanded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/clock.h"
#include "harness/model/explore_spec.h"
#include "harness/model/params.h"
#include "harness/model/source_range.h"

namespace stormproof {

enum class RestartPolicy { never, on_failure, always };

struct ReadySpec {
  enum class Kind { none, tcp, http, grpc, log, exec };
  Kind kind = Kind::none;         ///< none: ready as soon as it runs
  std::string port;               ///< tcp, http, grpc: name of one of the target's ports
  std::string path = "/";         ///< http: GET this, any 2xx or 3xx is ready
  std::string service;            ///< grpc health service name; empty: the whole server
  std::string pattern;            ///< log: ECMAScript regex over stdout and stderr lines
  std::vector<std::string> argv;  ///< exec: exit status 0 is ready
  Nanos within = std::chrono::seconds(10);
  SourceRange where;
};

struct LimitsSpec {
  std::optional<std::uint64_t> memory;  ///< bytes
  std::optional<std::uint64_t> files;   ///< RLIMIT_NOFILE
  std::optional<double> cpu;            ///< cores, e.g. 0.5
  SourceRange where;
};

/// CrashLoopBackOff: the first restart waits `initial`, each further one twice as long up to `max`; running for
/// `reset` without a crash starts over. Kubernetes' own 10s/5m/10m scaled by 100.
struct BackoffSpec {
  Nanos initial = std::chrono::milliseconds(100);
  Nanos max = std::chrono::seconds(3);
  Nanos reset = std::chrono::seconds(6);
};

struct TargetSpec {
  std::string name;
  int replicas = 1;
  std::vector<std::string> after;    ///< targets that must be ready first
  std::vector<std::string> command;  ///< argv; argv[0] a path or a name looked up in PATH
  std::vector<std::string> ports;
  std::map<std::string, std::string> env;
  ReadySpec ready;
  RestartPolicy restart = RestartPolicy::never;
  BackoffSpec backoff;
  Nanos grace = std::chrono::seconds(5);  ///< from SIGTERM to SIGKILL
  LimitsSpec limits;
  SourceRange where;
};

struct LinkSpec {
  std::string name;
  std::string to_target;  ///< with several replicas: replica 0, unless to_index says otherwise
  int to_index = 0;
  std::string to_port;
  SourceRange where;
};

struct SourceSpec {
  std::string kind;
  Params params;
  SourceRange where;
};

struct WitnessSpec {
  std::string name;  ///< [witness.NAME]
  std::string kind;
  Params params;
  SourceRange where;
};

/// When a fault fires (or, as `until`, heals).
struct TriggerSpec {
  enum class Kind { at, every, effects, sent, acked, log, exits, after, bytes, connections };
  Kind kind = Kind::at;
  Nanos time{};                 ///< at, every: since the start of the drive phase
  Nanos time_max{};             ///< written as a range "1s..3s": the planner draws from [time, time_max]
  std::int64_t count = 0;       ///< effects sent acked exits bytes connections
  std::int64_t count_max = 0;   ///< written as a range "100..500"
  std::string pattern;          ///< log: ECMAScript regex
  std::string target;           ///< log, exits: target or replica, "client" or "client/0"
  std::string fault;            ///< after: name of the other fault; fires when that one was injected
  std::string link;             ///< bytes, connections
  std::int64_t connection = 0;  ///< bytes: of this connection of the link alone, counted from 1; 0: of all
  Nanos delay{};                ///< added once the condition holds
  std::int64_t occurrence = 1;  ///< the n-th time the condition holds (log line, exit, ...)
  SourceRange where;
};

enum class Direction { upstream, downstream, both };

struct FaultSpec {
  std::string name;  ///< given, or KIND, KIND-2, ... in file order; unique
  std::string kind;
  std::string target;  ///< process faults: "client" (all replicas), "client/0", or "client/any" (the planner draws one)
  std::string link;    ///< link faults; empty with groups
  /// `between`, in place of a link: selectors of the targets on both sides. With `oneway` only what the first group
  /// sends to the second is struck.
  std::vector<std::string> first_group;
  std::vector<std::string> second_group;
  bool oneway = false;
  Direction direction = Direction::both;
  double probability = 1.0;  ///< of being armed at all; drawn by the planner. Link kinds draw once a connection instead
  TriggerSpec when;
  std::optional<Nanos> lasts;  ///< `for`
  std::optional<TriggerSpec> until;
  std::optional<Nanos> restart;  ///< process faults: heal = start it again after this long
  Params params;
  SourceRange where;
};

struct InvariantSpec {
  std::string name;
  Params params;
  SourceRange where;
};

/// One combination of matrix values, in the order of the [matrix] keys: {{"level","naive"}}. Empty: no matrix.
using Cell = std::vector<std::pair<std::string, std::string>>;
/// "level=naive,records=10"; "" for the empty cell.
std::string cell_name(const Cell& cell);

struct ExpectSpec {
  Cell match;                          ///< the matrix keys it names; a cell matches when all of them agree
  std::string verdict;                 ///< pass, fail or unknown
  std::vector<std::string> anomalies;  ///< exactly these kinds, if given
  bool any_anomalies = true;           ///< `anomalies` was not written
  SourceRange where;
};

struct Scenario {
  std::string file;  ///< path as given by the user; used in messages
  std::string name;
  std::string description;
  std::uint64_t seed = 0;
  Nanos timeout = std::chrono::seconds(60);
  Nanos settle = std::chrono::seconds(5);
  Nanos linger = std::chrono::milliseconds(300);  ///< how long to watch for late duplicates once nothing is missing
  std::map<std::string, std::string> params;      ///< final values, as text
  std::vector<TargetSpec> targets;                ///< in file order
  std::vector<LinkSpec> links;
  std::optional<SourceSpec> source;
  std::vector<WitnessSpec> witnesses;
  std::vector<FaultSpec> faults;
  std::vector<InvariantSpec> invariants;
  std::vector<std::pair<std::string, std::vector<std::string>>> matrix;
  std::vector<ExpectSpec> expects;
  std::optional<ExploreSpec> explore;  ///< [explore], for `stormproof explore`; runs and plans do without
  std::optional<FoundSpec> origin;     ///< [found], of a scenario that `explore` wrote; not part of a plan
  Cell cell;                           ///< which cell this is

  const TargetSpec* find_target(const std::string& name) const;
  /// The expectation that holds for this cell (the last one that matches), or nullptr.
  const ExpectSpec* expectation() const;
};

}  // namespace stormproof
