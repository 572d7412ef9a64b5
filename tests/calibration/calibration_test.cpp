/// The harness proves itself: it must catch every bug planted in the stream target, and never accuse a sound one. This
/// is the short form for every build; `./dev calibrate` repeats it, explores, and keeps the table in RESULTS.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "harness/base/text.h"
#include "tests/calibration/campaign.h"
#include "tests/calibration/planted.h"
#include "tests/support/golden.h"

namespace stormproof::calibration {
namespace {

constexpr int kAttempts = 6;   // to catch a bug; nearly all are caught in the first run
constexpr int kSoundRuns = 2;  // of each sound cell

std::string test_name(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}
std::string name_of(const Planted& planted) { return test_name(fmt::format("{}_{}", planted.bug, planted.scenario)); }

struct Outcome {
  Runs runs;
  bool caught = false;
};

Outcome hunt(const Planted& planted) {
  Outcome outcome;
  for (int attempt = 0; attempt < kAttempts && !outcome.caught && outcome.runs.trouble.empty(); ++attempt) {
    Runs once = run({planted.scenario, planted.level, planted.bug}, 1);
    outcome.runs.trouble += once.trouble;
    for (Judged& judged : once.judged) {
      outcome.caught = outcome.caught || judged.found(planted.anomaly);
      outcome.runs.judged.push_back(std::move(judged));
    }
  }
  return outcome;
}

/// All runs are made before the first test looks at its own: several at a time, only those that tests were chosen for.
class Campaign : public testing::Environment {
 public:
  void SetUp() override {
    std::set<std::string> chosen;
    const auto& unit = *testing::UnitTest::GetInstance();
    for (int i = 0; i < unit.total_test_suite_count(); ++i) {
      const auto& suite = *unit.GetTestSuite(i);
      for (int j = 0; j < suite.total_test_count(); ++j) {
        const auto& test = *suite.GetTestInfo(j);
        const std::string name = test.name();
        if (test.should_run()) chosen.insert(name.substr(name.find('/') + 1));
      }
    }
    const std::vector<Cell> sound = sound_cells();
    outcomes_.resize(kPlanted.size() + sound.size());
    in_parallel(outcomes_.size(), [&](std::size_t i) {
      if (i < kPlanted.size()) {
        if (chosen.contains(name_of(kPlanted[i]))) outcomes_[i] = hunt(kPlanted[i]);
      } else if (const Cell& cell = sound[i - kPlanted.size()]; chosen.contains(test_name(cell.name()))) {
        outcomes_[i].runs = run(cell, kSoundRuns);
      }
    });
    for (std::size_t i = 0; i < kPlanted.size(); ++i) by_name_[name_of(kPlanted[i])] = i;
    for (std::size_t i = 0; i < sound.size(); ++i) by_name_[test_name(sound[i].name())] = kPlanted.size() + i;
  }
  const Outcome& of(const std::string& name) const { return outcomes_.at(by_name_.at(name)); }

 private:
  std::vector<Outcome> outcomes_;
  std::map<std::string, std::size_t> by_name_;
};

Campaign* campaign = static_cast<Campaign*>(testing::AddGlobalTestEnvironment(new Campaign));

class PlantedBug : public testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsCaught) {
  const Planted& planted = GetParam();
  const Outcome& outcome = campaign->of(name_of(planted));
  EXPECT_EQ(outcome.runs.trouble, "");
  std::string seen;
  for (const Judged& judged : outcome.runs.judged) {
    seen += fmt::format("\n  {} {} {}", judged.verdict, join(judged.anomalies, ", "), judged.because);
  }
  EXPECT_TRUE(outcome.caught) << planted.scenario << " " << planted.level << " found no " << planted.anomaly << seen;
}

INSTANTIATE_TEST_SUITE_P(Calibration, PlantedBug, testing::ValuesIn(kPlanted),
                         [](const auto& chosen) { return name_of(chosen.param); });

class SoundTarget : public testing::TestWithParam<Cell> {};

TEST_P(SoundTarget, IsNeverAccused) {
  const Outcome& outcome = campaign->of(test_name(GetParam().name()));
  EXPECT_EQ(outcome.runs.trouble, "");
  for (const Judged& judged : outcome.runs.judged) {
    EXPECT_EQ(judged.verdict, "pass") << join(judged.anomalies, ", ") << judged.because;
  }
}

INSTANTIATE_TEST_SUITE_P(Calibration, SoundTarget, testing::ValuesIn(sound_cells()),
                         [](const auto& chosen) { return test_name(chosen.param.name()); });

/// The reason for the scenario link-cut-calls: the same bug, looked for in the table that hides it.
TEST(UpsertedTable, HidesWhatTheWitnessServiceSees) {
  const Runs runs = run({"link-cut", "resumable", "upsert_ledger"}, 1);
  ASSERT_EQ(runs.judged.size(), 1U) << runs.trouble;
  EXPECT_EQ(runs.judged.front().verdict, "pass");
}

/// The target, the table here and the README must name the same bugs.
TEST(PlantedBugs, AreAllHuntedAndDocumented) {
  std::set<std::string> hunted, known;
  for (const Planted& planted : kPlanted) hunted.insert(planted.bug);
  std::istringstream source(read_file(std::string(STORMPROOF_SOURCE_DIR) + "/targets/stream/common/levels.cpp"));
  for (std::string line; std::getline(source, line);) {
    if (line.find("Bug::") == std::string::npos || line.find("{\"") == std::string::npos) continue;
    const auto open = line.find('"') + 1;
    known.insert(line.substr(open, line.find('"', open) - open));
  }
  known.erase("none");
  EXPECT_EQ(hunted, known);
  EXPECT_GE(known.size(), 30U);
  const std::string readme = read_file(std::string(STORMPROOF_SOURCE_DIR) + "/targets/stream/README.md");
  for (const std::string& bug : known) EXPECT_NE(readme.find("| `" + bug + "` |"), std::string::npos) << bug;
}

}  // namespace
}  // namespace stormproof::calibration
