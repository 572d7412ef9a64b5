#include <gtest/gtest.h>

#include "harness/scenario/diagnostics.h"
#include "tests/harness/explore/sample_topology.h"

namespace stormproof {
namespace {

struct Row {
  const char* lines;
  const char* message;
};

TEST(ExploreTable, SaysWhatIsWrong) {
  const Row rows[] = {
      {"kinds = [\"kil\"]", "unknown fault kind 'kil'"},
      {"targets = [\"clint\"]", "unknown target 'clint'"},
      {"targets = [\"client/any\"]", "'client/any' cannot stand here"},
      {"links = [\"fed\"]", "unknown link 'fed'"},
      {"triggers = [\"effect\"]", "explore draws no trigger 'effect'"},
      {"runs = 0", "'runs' must be"},
      {"for = 3", "'for' is a duration, it needs a unit"},
      {"faults = 3", "'faults' must be a list of tables"},
      {"kinds = [\"kill\"]\n[[explore.faults]]\nkind = \"kill\"",
       "'kinds' and [[explore.faults]] contradict each other"},
      {"[[explore.faults]]\nlatency = \"1ms\"", "'kind'"},
      {"[[explore.faults]]\nkind = \"latency\"\nlatency = \"9ms..1ms\"", "the range '9ms..1ms' is empty"},
      {"[[explore.faults]]\nkind = \"latency\"\nlatency = []", "'latency' has no value to choose from"},
      {"[[explore.faults]]\nkind = \"latency\"\nfor = \"9ms..1ms\"", "the range '9ms..1ms' is empty"},
      {"[[explore.faults]]\nkind = \"latency\"\nrestart = \"9ms\"", "'restart' does not go with 'latency'"},
      {"[[explore.faults]]\nkind = \"latency\"\ntarget = \"client\"", "'target' does not go with 'latency'"},
      {"[[explore.faults]]\nkind = \"kill\"\nlink = \"feed\"", "'link' does not go with 'kill'"},
      {"[[explore.faults]]\nkind = \"kill\"\nfor = \"9ms\"", "'for' does not go with 'kill'"},
      {"[[explore.faults]]\nkind = \"kill\"\nweight = 0", "'weight' must be"},
      {"[[explore.faults]]\nkind = \"kill\"\nspeed = 1", "'speed'"},
      {"[found]\nanomaly = \"lost\"", "'reproduces'"},
      {"[found]\nanomaly = \"lost\"\nreproduces = \"21/20\"", "'21/20' is not a share of runs"},
      {"[found]\nanomaly = \"lost\"\nreproduces = \"often\"", "'often' is not a share of runs"},
  };
  for (const Row& row : rows) {
    const ScenarioFile file = read_sample(std::string(kSampleText) + row.lines + "\n");
    EXPECT_FALSE(file.ok()) << row.lines;
    EXPECT_NE(render(file).find(row.message), std::string::npos) << row.lines << "\n" << render(file);
  }
}

TEST(ExploreTable, IsRead) {
  const ScenarioFile file = read_sample(std::string(kSampleText) +
                                        "runs = 7\npatience = 3\nfor = \"2m\"\nkinds = [\"kill\", \"pause\"]\n"
                                        "triggers = [\"effects\"]\nlinks = [\"feed\"]\ntargets = [\"client/1\"]\n");
  ASSERT_TRUE(file.ok()) << render(file);
  const ExploreSpec& explore = *file.cells.at(0).explore;
  EXPECT_EQ(explore.runs, 7);
  EXPECT_EQ(explore.patience, 3);
  EXPECT_EQ(explore.max_faults, 4);
  EXPECT_EQ(explore.lasts, Nanos(std::chrono::minutes(2)));
  EXPECT_EQ(explore.kinds, (std::vector<std::string>{"kill", "pause"}));
  EXPECT_EQ(explore.triggers, (std::vector<std::string>{"effects"}));
  EXPECT_EQ(explore.targets, (std::vector<std::string>{"client/1"}));
}

}  // namespace
}  // namespace stormproof
