/// A scenario and a census for tests of exploration; nothing in it is ever started.
#pragma once

#include <string>

#include "harness/explore/census.h"
#include "harness/explore/palette.h"
#include "harness/scenario/scenario_reader.h"
#include "tests/support/test_kinds.h"

namespace stormproof {

inline constexpr const char* kSampleText = R"(# A comment that stays.
name = "sample"
description = """
Two lines
of it."""
settle = "700ms"
matrix = { level = ["naive",
  "careful"] }

[params]
level   = "naive"   # how careful
records = 1000

[targets.server]
command = ["true", "--level={params.level}", "--data={source.path}"]
ports   = ["grpc"]
restart = "always"

[targets.client]
replicas = 2
command  = ["true", "[[faults]] # not a header"]

[links.feed]
to = "server:grpc"

[source]
kind    = "dataset"
records = "{params.records}"

[witness.store]
kind  = "sqlite"
path  = "{shared}/x.db"
query = "select 1"

[[faults]]
kind   = "kill"
target = "server"
when   = { effects = 10 }

[invariants]
exactly_once = true

[explore]
max_faults = 4
)";

inline ScenarioFile read_sample(const std::string& text = kSampleText) {
  return read_scenario_text("sample.toml", text, test_kinds(), {{{"level", "careful"}}, {}});
}

inline Census sample_census() {
  Census census;
  census.effects = 1000;
  LinkCensus& feed = census.links["feed"];
  feed.upstream = 20000;
  feed.downstream = 280000;
  feed.connections = 4;
  feed.busy_effects = 600;
  feed.busy = std::chrono::milliseconds(500);
  census.logs = {{"client/0", "took over [0-9]+", 3},
                 {"client/0", "at work as [0-9]+", 1, LogClass::When::starting},
                 {"server/0", "handing over", 1, LogClass::When::stopping}};
  census.work = std::chrono::seconds(1);
  return census;
}

}  // namespace stormproof
