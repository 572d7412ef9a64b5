/// check --merge VERDICT…: the verdict of a history that was checked in shards.
#pragma once

#include <vector>

#include "harness/model/run_summary.h"

namespace stormproof {

/// A shard's verdict and what the user calls it.
struct Shard {
  std::string name;
  RunSummary summary;
};

/// Counts and totals are sums, anomalies those of all shards in fair shares, verdicts merge as fail > unknown > pass.
/// That is the verdict of the whole when all events of a message, and for invariants about the order of a key all of
/// the key, are in one shard; invariants about the flow of events (progress, recovery, latency) and about processes are
/// judged for each shard by itself. An invariant that some shards were not asked about is unknown.
RunSummary merge_shards(std::vector<Shard> shards);

}  // namespace stormproof
