#include "harness/explore/generator.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/explore/minimal_toml.h"
#include "harness/model/trigger_text.h"
#include "harness/scenario/diagnostics.h"
#include "tests/harness/explore/sample_topology.h"

namespace stormproof {
namespace {

struct Sample {
  ScenarioFile file = read_sample();
  Census census = sample_census();
  Palette palette = *make_palette(file.cells.at(0), test_kinds());
  ScheduleGenerator generator{palette, census};
};

/// The errors of a scenario that holds this schedule; "" for none.
std::string complaints(const Sample& sample, const Schedule& schedule) {
  MinimalNotes notes;
  notes.name = "x";
  notes.anomaly = "lost";
  const std::string text =
      minimal_toml(sample.file.text, sample.file.cells.at(0), schedule, test_kinds().faults, notes);
  const ScenarioFile read = read_scenario_text("x.toml", text, test_kinds(), {});
  if (!read.ok()) return render(read) + "\n" + text;
  Schedule again{read.cells.at(0).faults, schedule.messages};
  return to_text(again) == to_text(with_plain_names(schedule)) ? "" : "reads as another schedule:\n" + text;
}

RC_GTEST_PROP(ScheduleGeneratorLaw, EveryScheduleIsAScenario, (std::uint64_t seed)) {
  const Sample sample;
  const Schedule schedule = sample.generator.draw(seed, *rc::gen::inRange(0, 101));
  RC_ASSERT(!schedule.faults.empty());
  RC_ASSERT(schedule.faults.size() <= sample.palette.max_faults);
  RC_ASSERT(complaints(sample, schedule) == "");
}

RC_GTEST_PROP(ScheduleGeneratorLaw, EveryMutantIsAScenario, (std::uint64_t seed)) {
  const Sample sample;
  Schedule schedule = sample.generator.draw(seed, 100);
  const Schedule other = sample.generator.draw(seed + 1, 100);
  for (std::uint64_t i = 0; i < 10; ++i) {
    schedule = sample.generator.mutate(schedule, other, seed + i);
    RC_ASSERT(schedule.faults.size() <= sample.palette.max_faults);
    if (!schedule.faults.empty()) RC_ASSERT(complaints(sample, schedule) == "");
  }
}

RC_GTEST_PROP(ScheduleGeneratorLaw, TheSameSeedDrawsTheSame, (std::uint64_t seed)) {
  const Sample one, two;
  RC_ASSERT(to_text(one.generator.draw(seed, 60)) == to_text(two.generator.draw(seed, 60)));
}

RC_GTEST_PROP(ScheduleGeneratorLaw, RemovingAFaultLeavesAScenario, (std::uint64_t seed)) {
  const Sample sample;
  Schedule schedule = sample.generator.draw(seed, 100);
  while (schedule.faults.size() > 1) {
    schedule = without(schedule, static_cast<std::size_t>(*rc::gen::inRange<int>(0, 1000)) % schedule.faults.size());
    make_valid(schedule);
    RC_ASSERT(complaints(sample, schedule) == "");
  }
}

TEST(ScheduleGenerator, SmallSizesDrawFewFaults) {
  const Sample sample;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    EXPECT_EQ(sample.generator.draw(seed, 0).faults.size(), 1U);
  }
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) sizes.insert(sample.generator.draw(seed, 100).faults.size());
  EXPECT_EQ(sizes.count(4), 1U);
}

TEST(ScheduleGenerator, DrawsEveryKindAndMostlyCounts) {
  const Sample sample;
  std::map<std::string, int> kinds;
  std::map<TriggerSpec::Kind, int> triggers;
  int total = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    for (const FaultSpec& fault : sample.generator.draw(seed, 100).faults) {
      ++kinds[fault.kind];
      ++triggers[fault.when.kind];
      ++total;
    }
  }
  for (const FaultKindInfo* kind : test_kinds().faults) {
    EXPECT_GT(kinds[std::string(kind->name)], 0) << kind->name;
  }
  for (const TriggerSpec::Kind kind : sample.palette.triggers) {
    EXPECT_GT(triggers[kind], 0) << to_string(kind);
  }
  EXPECT_LT(triggers[TriggerSpec::Kind::at], total / 10);
}

TEST(ScheduleGenerator, CountsStayWithinWhatTheProbeSaw) {
  const Sample sample;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    for (const FaultSpec& fault : sample.generator.draw(seed, 100).faults) {
      if (fault.when.kind == TriggerSpec::Kind::effects) {
        EXPECT_LE(fault.when.count, 1000);
      }
      if (fault.when.kind == TriggerSpec::Kind::bytes) {
        EXPECT_LE(fault.when.count, 300000);
      }
      if (fault.when.kind == TriggerSpec::Kind::log) {
        EXPECT_LE(fault.when.occurrence, 3);
      }
    }
  }
}

TEST(Palette, RespectsItsTable) {
  const ScenarioFile file = read_sample(std::string(kSampleText) + R"(targets = ["client/1"]
[[explore.faults]]
kind   = "latency"
latency = "5ms..7ms"
jitter = ["0s", "1ms"]
for = "10ms..20ms"
weight = 9
[[explore.faults]]
kind = "kill"
restart = "100ms"
)");
  ASSERT_TRUE(file.ok()) << render(file);
  const Palette palette = *make_palette(file.cells.at(0), test_kinds());
  const Census census = sample_census();
  const ScheduleGenerator generator(palette, census);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (const FaultSpec& fault : generator.draw(seed, 100).faults) {
      if (fault.kind == "kill") {
        EXPECT_EQ(fault.target, "client/1");
        EXPECT_EQ(fault.restart, Nanos(std::chrono::milliseconds(100)));
        continue;
      }
      ASSERT_EQ(fault.kind, "latency");
      EXPECT_GE(fault.params.duration("latency"), std::chrono::milliseconds(5));
      EXPECT_LE(fault.params.duration("latency"), std::chrono::milliseconds(7));
      EXPECT_GE(*fault.lasts, std::chrono::milliseconds(10));
      EXPECT_LE(*fault.lasts, std::chrono::milliseconds(20));
    }
  }
}

TEST(Palette, NothingToStrikeIsAnError) {
  const ScenarioFile file = read_scenario_text("x.toml",
                                               "name = \"x\"\n[targets.a]\ncommand = [\"true\"]\n"
                                               "[explore]\nkinds = [\"latency\"]\n",
                                               test_kinds(), {});
  ASSERT_TRUE(file.ok()) << render(file);
  const auto palette = make_palette(file.cells.at(0), test_kinds());
  ASSERT_FALSE(palette.ok());
  EXPECT_EQ(palette.error().message, "x.toml: [explore] leaves nothing that could strike");
}

TEST(Palette, ATargetThatNobodyRestartsIsRestartedByTheFault) {
  const Sample sample;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    for (const FaultSpec& fault : sample.generator.draw(seed, 100).faults) {
      const bool ends = fault.kind == "kill" || fault.kind == "term";
      if (ends && fault.target.starts_with("client")) {
        EXPECT_TRUE(fault.restart.has_value());
      }
    }
  }
}

}  // namespace
}  // namespace stormproof
