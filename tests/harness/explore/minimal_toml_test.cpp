#include "harness/explore/minimal_toml.h"

#include <gtest/gtest.h>

#include "harness/explore/toml_statements.h"
#include "harness/scenario/diagnostics.h"
#include "tests/harness/explore/sample_topology.h"

namespace stormproof {
namespace {

Schedule two_faults() {
  Schedule schedule;
  FaultSpec kill;
  kill.kind = "kill";
  kill.name = "kill-3";
  kill.target = "client/1";
  kill.when.kind = TriggerSpec::Kind::effects;
  kill.when.count = 40;
  kill.restart = std::chrono::milliseconds(200);
  FaultSpec latency;
  latency.kind = "latency";
  latency.name = "latency";
  latency.link = "feed";
  latency.direction = Direction::downstream;
  latency.params.set("latency", Nanos(std::chrono::milliseconds(30)));
  latency.params.set("jitter", Nanos{});
  latency.when.kind = TriggerSpec::Kind::after;
  latency.when.fault = "kill-3";
  latency.when.delay = std::chrono::milliseconds(5);
  latency.lasts = std::chrono::milliseconds(100);
  schedule.faults = {kill, latency};
  schedule.messages = 80;
  return schedule;
}

std::string written() {
  const ScenarioFile sample = read_sample();
  MinimalNotes notes;
  notes.name = "sample-lost-kill";
  notes.description = "lost through 2 faults";
  notes.comments = {"Found by: stormproof explore sample.toml"};
  notes.anomaly = "lost";
  notes.reproduced = 19;
  notes.repeated = 20;
  return minimal_toml(sample.text, sample.cells.at(0), two_faults(), test_kinds().faults, notes);
}

TEST(MinimalToml, ReplacesWhatChangedAndKeepsTheRest) {
  EXPECT_EQ(written(), R"(# Found by: stormproof explore sample.toml
name        = "sample-lost-kill"
description = "lost through 2 faults"
# A comment that stays.
settle = "700ms"

[params]
level   = "careful"
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
records = 80

[witness.store]
kind  = "sqlite"
path  = "{shared}/x.db"
query = "select 1"

[invariants]
exactly_once = true

# SIGKILL
[[faults]]
kind = "kill"
target = "client/1"
when = { effects = 40 }
restart = "200ms"

# delays bytes
[[faults]]
kind = "latency"
link = "feed"
direction = "downstream"
latency = "30ms"
when = { after = "kill", delay = "5ms" }
for = "100ms"

[found]
anomaly = "lost"
reproduces = "19/20"
)");
}

TEST(MinimalToml, ReadsAsTheSameSchedule) {
  const ScenarioFile read = read_scenario_text("m.toml", written(), test_kinds(), {});
  ASSERT_TRUE(read.ok()) << render(read);
  ASSERT_EQ(read.cells.size(), 1U);
  const Scenario& scenario = read.cells[0];
  EXPECT_EQ(to_text({scenario.faults, 80}), to_text(with_plain_names(two_faults())));
  EXPECT_EQ(scenario.source->params.integer("records"), 80);
  EXPECT_EQ(scenario.targets[0].command[1], "--level=careful");
  ASSERT_TRUE(scenario.origin.has_value());
  EXPECT_EQ(scenario.origin->anomaly, "lost");
  EXPECT_EQ(scenario.origin->reproduced, 19);
  EXPECT_EQ(scenario.origin->repeated, 20);
}

TEST(TomlStatements, TogetherAreTheText) {
  std::string all;
  for (const TomlStatement& statement : toml_statements(kSampleText)) all += statement.text;
  EXPECT_EQ(all, kSampleText);
}

TEST(TomlStatements, HeadersInStringsAndListsAreNone) {
  const auto statements = toml_statements("a = \"\"\"\n[x]\n\"\"\"\nb = [\n[1]\n] # [c]\nc = 'x['\n[d.e] # y\nf = 1");
  ASSERT_EQ(statements.size(), 5U);
  EXPECT_EQ(statements[0].text, "a = \"\"\"\n[x]\n\"\"\"\n");
  EXPECT_EQ(statements[1].key, "b");
  EXPECT_EQ(statements[2].key, "c");
  EXPECT_EQ(statements[3].section, "d.e");
  EXPECT_EQ(statements[4].section, "d.e");
  EXPECT_EQ(statements[4].key, "f");
}

}  // namespace
}  // namespace stormproof
