/// The harness proves itself: it must catch every bug planted in the stream target, and never accuse a sound one.
/// `./dev calibrate` runs it more often and keeps the table in RESULTS.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>

#include "harness/base/text.h"
#include "tests/calibration/campaign.h"

namespace stormproof::calibration {
namespace {

struct Planted {
  const char* bug;
  const char* scenario;
  const char* level;
  const char* anomaly;  ///< one that must be among those found
};

constexpr Planted kPlanted[] = {
    {"offset_before_data", "client-killed", "recoverable", "lost"},
    {"two_transactions", "client-killed", "recoverable", "duplicate"},
    {"resume_at", "link-cut", "resumable", "duplicate"},
    {"resume_skip", "link-cut", "resumable", "lost"},
    {"ack_on_receipt", "client-killed", "recoverable", "lost"},
    {"upsert_ledger", "link-cut-calls", "resumable", "duplicate"},
    {"double_recovery", "client-killed", "recoverable", "duplicate"},
    {"handover_before_store", "client-terminated", "graceful", "duplicate"},
    {"shutdown_order", "client-terminated", "graceful", "lost"},
    {"poison_blocks", "poison-record-client", "recoverable", "lost"},
    {"poison_blocks", "poison-record-server", "recoverable", "lost"},
    {"no_fencing", "client-paused", "recoverable", "duplicate"},
    {"give_up", "link-cut", "resumable", "lost"},
    {"drop_when_full", "no-fault", "recoverable", "lost"},
    {"store_bad", "bad-record", "tolerant", "aborted_read"},
};

std::string name_of(const Cell& cell) { return cell.scenario + " " + cell.level; }

/// The rows of RESULTS.md, in the order in which the tests add them.
class Results : public testing::Environment {
 public:
  void caught(std::string row) { caught_.push_back(std::move(row)); }
  void sound(std::string row) { sound_.push_back(std::move(row)); }
  void TearDown() override {
    std::string text =
        "# Calibration of the stream library\n\n"
        "Written by `./dev calibrate`; the same test runs with fewer repetitions in `./dev test`.\n\n"
        "## Planted bugs\n\n| bug | scenario, level | caught | first in run | as |\n|---|---|---|---|---|\n" +
        join(caught_, "\n") +
        "\n\n## Sound targets\n\n| scenario, level | runs | accused | unknown |\n|---|---|---|---|\n" +
        join(sound_, "\n") + "\n";
    std::cout << text;
    if (const char* path = std::getenv("STORMPROOF_CALIBRATION_RESULTS")) std::ofstream(path) << text;
  }

 private:
  std::vector<std::string> caught_;
  std::vector<std::string> sound_;
};

Results* results = static_cast<Results*>(testing::AddGlobalTestEnvironment(new Results));

class PlantedBug : public testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsCaught) {
  const Planted& planted = GetParam();
  const Cell cell{planted.scenario, planted.level, planted.bug};
  const std::vector<Judged> runs = run(cell, runs_or(3));
  int caught = 0;
  std::size_t first = 0;
  std::map<std::string, int> kinds;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& found = runs[i].anomalies;
    for (const auto& kind : found) ++kinds[kind];
    if (runs[i].verdict != "fail" || std::count(found.begin(), found.end(), planted.anomaly) == 0) continue;
    if (++caught == 1) first = i + 1;
  }
  EXPECT_GT(caught, 0) << name_of(cell) << ": no run found " << planted.anomaly;
  std::vector<std::string> as;
  for (const auto& [kind, times] : kinds) as.push_back(kind);
  results->caught(fmt::format("| `{}` | {} | {} of {} | {} | {} |", planted.bug, name_of(cell), caught, runs.size(),
                              first == 0 ? "-" : std::to_string(first), join(as, ", ")));
}

std::string test_name(const testing::TestParamInfo<Planted>& info) {
  std::string name = fmt::format("{}_{}", info.param.bug, info.param.scenario);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Calibration, PlantedBug, testing::ValuesIn(kPlanted), test_name);

/// The reason for the scenario link-cut-calls: the same bug, looked for in the table that hides it.
TEST(UpsertedTable, HidesWhatTheWitnessServiceSees) {
  for (const Judged& judged : run({"link-cut", "resumable", "upsert_ledger"}, 1)) EXPECT_EQ(judged.verdict, "pass");
}

std::vector<Cell> sound_cells() {
  std::vector<Cell> cells;
  std::map<std::string, bool> seen;
  for (const Planted& planted : kPlanted) {
    Cell cell{planted.scenario, planted.level, "none"};
    if (!std::exchange(seen[name_of(cell)], true)) cells.push_back(std::move(cell));
  }
  return cells;
}

class SoundTarget : public testing::TestWithParam<Cell> {};

/// Twenty repetitions wherever a bug is looked for: what catches it must not accuse the sound code beside it.
TEST_P(SoundTarget, IsNeverAccused) {
  const Cell& cell = GetParam();
  const std::vector<Judged> runs = run(cell, std::max(20, runs_or(20)));
  int accused = 0;
  int unknown = 0;
  for (const Judged& judged : runs) {
    EXPECT_EQ(judged.verdict, "pass") << name_of(cell) << ": " << join(judged.anomalies, ", ") << judged.because;
    accused += judged.verdict == "fail" ? 1 : 0;
    unknown += judged.verdict == "unknown" ? 1 : 0;
  }
  results->sound(fmt::format("| {} | {} | {} | {} |", name_of(cell), runs.size(), accused, unknown));
}

std::string sound_name(const testing::TestParamInfo<Cell>& info) {
  std::string name = info.param.scenario + "_" + info.param.level;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Calibration, SoundTarget, testing::ValuesIn(sound_cells()), sound_name);

}  // namespace
}  // namespace stormproof::calibration
