#include "harness/explore/guide.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/harness/explore/sample_topology.h"

namespace stormproof {
namespace {

struct Campaign {
  ScenarioFile file = read_sample();
  Census census = sample_census();
  Palette palette = *make_palette(file.cells.at(0), test_kinds());
  Corpus corpus;
  Guide guide{palette, census, corpus};
  Rng rng{7};
};

TEST(Genes, SayWhoStruckWhomWhenAndInWhichOrder) {
  const Campaign campaign;
  Schedule schedule;
  FaultSpec kill;
  kill.kind = kill.name = "kill";
  kill.target = "client/1";
  kill.when.kind = TriggerSpec::Kind::effects;
  kill.when.count = 950;
  kill.restart = std::chrono::milliseconds(100);
  FaultSpec cut;
  cut.kind = cut.name = "partition";
  cut.link = "feed";
  cut.when.kind = TriggerSpec::Kind::effects;
  cut.when.count = 100;
  cut.lasts = std::chrono::milliseconds(300);
  schedule.faults = {kill, cut};
  const Genes genes = genes_of(schedule, campaign.palette, campaign.census);
  EXPECT_EQ(genes.count("kill, one client, near the end"), 1U);
  EXPECT_EQ(genes.count("partition, link feed, early"), 1U);
  EXPECT_EQ(genes.count("partition, link feed, for long"), 1U);
  EXPECT_EQ(genes.count("2 faults"), 1U);
  const std::string pair = "shape link feed, after it kill one client";  // the test's kinds do not say what they do
  EXPECT_EQ(genes.count(pair), 1U);
}

TEST(Guide, TriesNothingTwice) {
  Campaign campaign;
  std::set<std::string> tried;
  for (int i = 0; i < 100; ++i) {
    const Schedule schedule = campaign.guide.next(campaign.rng);
    ASSERT_FALSE(schedule.faults.empty());
    EXPECT_TRUE(tried.insert(to_text(schedule)).second) << to_text(schedule);
    campaign.corpus.add(schedule, {std::to_string(i % 10)});
  }
}

/// How many different genes the first trials have.
std::size_t genes_within(int trials, bool guided) {
  Campaign campaign;
  const ScheduleGenerator generator(campaign.palette, campaign.census);
  std::set<std::string> seen;
  for (int i = 0; i < trials; ++i) {
    const Schedule schedule = guided ? campaign.guide.next(campaign.rng) : generator.draw(campaign.rng.next(), 100);
    for (const auto& [gene, weight] : genes_of(schedule, campaign.palette, campaign.census)) seen.insert(gene);
  }
  return seen.size();
}

TEST(Guide, CoversMoreWithAsManyTrials) { EXPECT_GT(genes_within(20, true), 3 * genes_within(20, false) / 2); }

}  // namespace
}  // namespace stormproof
