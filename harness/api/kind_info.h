/// How a plug-in describes itself. The scenario parser, `stormproof list` and REFERENCE.md know kinds only through
/// this.
#pragma once

#include <span>
#include <string_view>

#include "harness/model/params.h"

namespace stormproof {

struct KindInfo {
  std::string_view name = {};     ///< as spelled in a scenario, equal to the name of its file: "reset_peer"
  std::string_view summary = {};  ///< one line, lower case
  std::span<const ParamSpec> params = {};
};

enum class FaultScope { process, link };

/// What must go on for a link fault to be felt; without it, it would have no hits.
enum class FaultNeeds { traffic, open_connection, new_connection, closing };

struct FaultKindInfo : KindInfo {
  FaultScope scope = FaultScope::process;
  bool lasting = true;      ///< false: an instant (kill, term): `for` and `until` are errors; `restart` may be given
  bool contains = false;    ///< its target must run in a memory cgroup where the machine has one (oom)
  bool groups = false;      ///< `between` may name two groups of targets in place of a link (partition)
  bool whole_link = false;  ///< strikes a link as such (down), so that it cannot single out a connection
  FaultNeeds needs = FaultNeeds::traffic;
  bool blocks = false;  ///< link kinds: nothing gets through while it is in force
  bool breaks = false;  ///< link kinds: it ends connections, so that clients connect anew
  /// Kinds of the same scope it cannot be in force with on the same target or link ("pause" with "pause", ...) are
  /// legal: overlaps are shown. Only what contradicts itself at plan time is an error (see plan/).
};

struct WitnessKindInfo : KindInfo {
  bool has_address = false;  ///< {witness.NAME} is an address it listens on
};

struct SourceKindInfo : KindInfo {
  std::span<const std::string_view> values = {};  ///< names X usable as {source.X} (dataset: "path")
  bool pushes = false;                            ///< sends by itself, so that `sent` and `acked` triggers can fire
  /// Names X usable as {X} in its parameters and filled by the source for each message (http: "id", "seq", ...). The
  /// run leaves them as they are.
  std::span<const std::string_view> message_values = {};
};

struct InvariantKindInfo : KindInfo {
  /// Parameter set by a bare value other than true: in_order = "key"; empty: only true/false or a table.
  std::string_view shorthand = {};
  /// Exactly when it fails, with which anomalies, and when it is unknown: sentences for `stormproof list invariants`.
  std::string_view definition = {};
};

/// All kinds this program was built with. Made once by harness/cli/catalog.cpp.
struct Kinds {
  std::span<const FaultKindInfo* const> faults;
  std::span<const SourceKindInfo* const> sources;
  std::span<const WitnessKindInfo* const> witnesses;
  std::span<const InvariantKindInfo* const> invariants;
};

}  // namespace stormproof
