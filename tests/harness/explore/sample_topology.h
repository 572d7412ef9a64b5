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
  census.bytes["feed"] = 300000;
  census.connections["feed"] = 4;
  census.logs = {{"client/0", "took over [0-9]+", 3}};
  census.duration = std::chrono::seconds(2);
  return census;
}

}  // namespace stormproof
