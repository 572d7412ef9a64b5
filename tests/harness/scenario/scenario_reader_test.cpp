// What a valid scenario means; what is wrong with invalid ones is in scenario_errors_test.cpp.
#include "harness/scenario/scenario_reader.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "harness/model/line_regex.h"
#include "harness/model/trigger_text.h"
#include "harness/scenario/diagnostics.h"
#include "harness/scenario/template.h"
#include "tests/harness/scenario/sample.h"
#include "tests/support/golden.h"
#include "tests/support/test_kinds.h"

namespace stormproof {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ScenarioFile read(std::string text, const ReadOptions& options = {}) {
  ScenarioFile file = read_scenario_text("dir/sample.toml", std::move(text), test_kinds(), options);
  EXPECT_TRUE(file.ok()) << render(file);
  return file;
}

Scenario read_one(std::string text) {
  ScenarioFile file = read(std::move(text));
  EXPECT_EQ(file.cells.size(), 1U);
  return file.cells.empty() ? Scenario{} : file.cells.front();
}

constexpr const char* kTiny = "name = \"tiny\"\n[targets.a]\ncommand = [\"true\"]\n";

TEST(ScenarioReader, EveryTableOfTheSampleIsRead) {
  const ScenarioFile file = read(std::string(kSample));
  ASSERT_EQ(file.cells.size(), 4U);
  const Scenario& s = file.cells[3];
  EXPECT_EQ(s.name, "sample");
  EXPECT_EQ(s.seed, 7U);
  EXPECT_EQ(s.timeout, seconds(60));
  EXPECT_EQ(s.linger, milliseconds(200));
  ASSERT_EQ(s.targets.size(), 2U);
  const TargetSpec& server = s.targets[0];
  EXPECT_EQ(server.ready.kind, ReadySpec::Kind::http);
  EXPECT_EQ(server.ready.port, "web");
  EXPECT_EQ(server.restart, RestartPolicy::always);
  EXPECT_EQ(server.backoff.max, seconds(1));
  const TargetSpec& client = s.targets[1];
  EXPECT_EQ(client.replicas, 2);
  EXPECT_EQ(client.after, std::vector<std::string>{"server"});
  EXPECT_EQ(client.command[2], "--level=recoverable");
  EXPECT_EQ(client.command[3], "--json={{}");
  EXPECT_EQ(client.limits.memory, 64U << 20U);
  EXPECT_EQ(client.limits.cpu, 0.5);
  EXPECT_EQ(s.links.at(0).to_target, "server");
  EXPECT_EQ(s.links.at(0).to_port, "grpc");
  ASSERT_TRUE(s.source);
  EXPECT_EQ(s.source->params.integer("records"), 20);
  EXPECT_EQ(s.source->params.size("payload"), 64U);
  ASSERT_EQ(s.witnesses.size(), 2U);
  EXPECT_EQ(s.witnesses[0].name, "store");
  EXPECT_EQ(s.invariants.size(), 3U);
  EXPECT_EQ(s.invariants[2].params.duration("within"), seconds(3));
  EXPECT_EQ(cell_name(s.cell), "level=recoverable,records=20");
  ASSERT_NE(s.expectation(), nullptr);
  EXPECT_EQ(s.expectation()->verdict, "pass");
  EXPECT_EQ(file.cells[0].expectation()->anomalies, std::vector<std::string>{"lost"});
}

TEST(ScenarioReader, FaultsAreNamedByTheirKindAndWatchWhatTheyStrike) {
  const Scenario s = read(std::string(kSample)).cells.front();
  ASSERT_EQ(s.faults.size(), 5U);
  EXPECT_EQ(s.faults[0].name, "kill");
  EXPECT_EQ(s.faults[3].name, "kill-2");
  EXPECT_EQ(s.faults[0].restart, milliseconds(200));
  EXPECT_EQ(s.faults[0].when.count, 100);
  EXPECT_EQ(s.faults[0].when.count_max, 500);
  EXPECT_EQ(s.faults[1].when.time_max, seconds(3));
  EXPECT_EQ(s.faults[1].lasts, seconds(3));
  EXPECT_EQ(s.faults[1].direction, Direction::downstream);
  EXPECT_EQ(s.faults[2].when.occurrence, 2);
  ASSERT_TRUE(s.faults[2].until);
  EXPECT_EQ(s.faults[2].until->fault, "slow");
  EXPECT_EQ(s.faults[3].when.count, 64 << 10);
  EXPECT_EQ(s.faults[3].when.link, "feed");
  EXPECT_EQ(s.faults[4].when.target, "client");
}

TEST(ScenarioReader, CellsComeInFileOrderTheLastKeyFastest) {
  const ScenarioFile file = read(std::string(kSample));
  std::vector<std::string> names;
  for (const Scenario& cell : file.cells) names.push_back(cell_name(cell.cell));
  EXPECT_EQ(names, (std::vector<std::string>{"level=naive,records=10", "level=naive,records=20",
                                             "level=recoverable,records=10", "level=recoverable,records=20"}));
}

TEST(ScenarioReader, OnlyKeepsTheCellsThatMatchAllKeys) {
  EXPECT_EQ(read(std::string(kSample), {{}, {{"level", "naive"}}}).cells.size(), 2U);
  EXPECT_EQ(read(std::string(kSample), {{}, {{"level", "naive"}, {"records", "20"}}}).cells.size(), 1U);
  EXPECT_EQ(read(std::string(kSample), {{}, {{"level", "naive"}, {"level", "recoverable"}}}).cells.size(), 4U);
}

TEST(ScenarioReader, SetReplacesAParamAndTheValuesOfAMatrixKey) {
  const ScenarioFile file = read(std::string(kSample), {{{"records", "7"}, {"ratio", "1"}}, {}});
  ASSERT_EQ(file.cells.size(), 2U);
  EXPECT_EQ(file.cells[0].source->params.integer("records"), 7);
  EXPECT_EQ(file.cells[0].params.at("ratio"), "1");
  EXPECT_EQ(file.cells[0].expectation()->verdict, "fail");
}

TEST(ScenarioReader, WithoutInvariantsExactlyOnceIsJudgedWhenThereIsWorkAndAGracefulStopWhenNot) {
  const Scenario idle = read_one(kTiny);
  ASSERT_EQ(idle.invariants.size(), 1U);
  EXPECT_EQ(idle.invariants[0].name, "graceful_stop");
  const Scenario busy = read_one(std::string(kTiny) + "[source]\nkind = \"dataset\"\n[witness.w]\nkind = \"http\"\n");
  ASSERT_EQ(busy.invariants.size(), 1U);
  EXPECT_EQ(busy.invariants[0].name, "exactly_once");
}

std::string trigger_of(const std::string& trigger) {
  const Scenario s =
      read_one(std::string(kTiny) +
               "replicas = 2\nports = [\"p\"]\n[links.l]\nto = \"a:p\"\n[source]\nkind = \"http\"\nurl = "
               "\"x\"\n[witness.w]\nkind = \"http\"\n[[faults]]\nname = \"f\"\nkind = \"kill\"\ntarget = "
               "\"a/any\"\nwhen = { at = \"1s\" }\n[[faults]]\nkind = \"kill\"\ntarget = \"a/0\"\nwhen = { " +
               trigger + " }\n");
  return s.faults.size() == 2 ? print_trigger(s.faults[1].when) : "";
}

TEST(ScenarioReader, TriggersOfEveryKindAreReadAndPrintedBack) {
  for (const char* same :
       {"at = \"1500ms\"", "at = \"2s..3s\"", "every = \"2s\"", "every = \"2s\", occurrence = 3", "effects = 500",
        "effects = \"100..500\"", "sent = 1", "acked = 3, delay = \"5ms\"",
        "log = \"a \\\"b\\\" [0-9]{2,3} \\\\S\", on = \"a\", occurrence = 3", "exits = 2, on = \"a/1\"",
        "exits = \"1..3\", on = \"a\"", "after = \"f\", occurrence = 2, delay = \"1s\"",
        "bytes = \"64KiB\", on = \"l\"", "bytes = \"1B..2MiB\", on = \"l\"", "connections = 2, on = \"l\""}) {
    EXPECT_EQ(trigger_of(same), same);
  }
}

TEST(ScenarioReader, ShortFormsOfTriggersMeanTheLongOnes) {
  EXPECT_EQ(trigger_of("exits = \"a\""), "exits = 1, on = \"a\"");
  EXPECT_EQ(trigger_of("exits = \"a/1\", occurrence = 2"), "exits = 2, on = \"a/1\"");
  EXPECT_EQ(trigger_of("exits = 2"), "exits = 2, on = \"a/0\"");
  EXPECT_EQ(trigger_of("log = \"x\""), "log = \"x\", on = \"a/0\"");
  EXPECT_EQ(trigger_of("effects = 100, occurrence = 3"), "effects = 300");
}

TEST(LineRegex, ALongLineNeitherEndsTheStackNorTakesForever) {
  const std::string line(1000, 'a');
  for (const char* pattern : {"((((a|b)|c)|d)|e)*x", "(a|a)*b", "(((a)|(b))*)*c"}) {
    EXPECT_FALSE(std::regex_search(line, std::regex(pattern, kLineRegex))) << pattern;
  }
  EXPECT_TRUE(std::regex_search(std::string(4096, 'a') + 'x', std::regex("^((((a|b)|c)|d)|e)*x", kLineRegex)));
}

TEST(LineRegex, GroupsAndLazyRepeatsMeanWhatTheyMeanInECMAScript) {
  std::smatch match;
  const std::string line = "12 seq=3 seq=45";
  ASSERT_TRUE(std::regex_search(line, match, std::regex("(\\d+) .*?seq=(\\d+)", kLineRegex)));
  EXPECT_EQ(match[1], "12");
  EXPECT_EQ(match[2], "3");
}

TEST(ScenarioReader, TheDirectoryOfTheFileIsKnownAsHere) {
  const Scenario s = read_one("name = \"x\"\n[targets.a]\ncommand = [\"{here}/run.sh\"]\n");
  EXPECT_EQ(s.targets[0].command[0], (std::filesystem::current_path() / "dir/run.sh").string());
}

TEST(ScenarioReader, EnvironmentVariablesMustBeSet) {
  ::setenv("STORMPROOF_TEST_VARIABLE", "1", 1);
  const Scenario s = read_one("name = \"x\"\n[targets.a]\ncommand = [\"a\", \"{env.STORMPROOF_TEST_VARIABLE}\"]\n");
  EXPECT_EQ(s.targets[0].command[1], "{env.STORMPROOF_TEST_VARIABLE}") << "left to the run";
}

TEST(ScenarioReader, WhatOverlapsWithoutContradictionIsLegal) {
  const std::string links = "ports = [\"p\"]\n[links.l]\nto = \"a:p\"\n";
  const auto fault = [](const std::string& direction) {
    return "[[faults]]\nkind = \"latency\"\nlatency = \"1ms\"\nlink = \"l\"\ndirection = \"" + direction +
           "\"\nwhen = { at = \"1s\" }\n";
  };
  EXPECT_EQ(read_one(kTiny + links + fault("upstream") + fault("downstream")).faults.size(), 2U);
  const std::string pauses =
      "[[faults]]\nkind = \"pause\"\ntarget = \"a\"\nwhen = { at = \"1s\" }\n"
      "[[faults]]\nkind = \"pause\"\ntarget = \"a\"\nwhen = { at = \"2s\" }\n";
  EXPECT_EQ(read_one(kTiny + pauses).faults.size(), 2U);
}

}  // namespace
}  // namespace stormproof
