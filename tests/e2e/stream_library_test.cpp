/// The scenarios of scenarios/stream, run as a user runs them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/e2e/support/child.h"
#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"

namespace stormproof::e2e {
namespace {

namespace fs = std::filesystem;

const fs::path kLibrary = fs::path(STORMPROOF_SOURCE_DIR) / "scenarios/stream";

std::vector<std::string> scenario_files() {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(kLibrary)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Every object the program printed, one a line.
std::vector<nlohmann::json> objects(const Ran& ran) {
  std::vector<nlohmann::json> all;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) all.push_back(nlohmann::json::parse(line));
  return all;
}

std::set<std::string> anomalies(const nlohmann::json& verdict) {
  std::set<std::string> kinds;
  for (const auto& invariant : verdict.at("invariants")) {
    for (const auto& anomaly : invariant.at("anomalies")) kinds.insert(anomaly.at("kind"));
  }
  return kinds;
}

TEST(StreamLibrary, EveryFileIsShortAndSaysWhatItTeaches) {
  EXPECT_GE(scenario_files().size(), 22U);
  for (const std::string& file : scenario_files()) {
    const std::string text = read_file(file);
    const auto lines = std::count(text.begin(), text.end(), '\n');
    EXPECT_GE(lines, 20) << file;
    EXPECT_LE(lines, 60) << file;
    EXPECT_NE(text.find("description = \"\"\""), std::string::npos) << file;
    EXPECT_NE(text.find("name        = \"" + fs::path(file).stem().string() + "\""), std::string::npos) << file;
  }
}

TEST(StreamLibrary, EveryCellIsAsExpected) {
  const TempDir out;
  std::vector<std::string> arguments = scenario_files();
  arguments.insert(arguments.begin(), "run");
  arguments.insert(arguments.end(), {"--json", "--out", (out / "runs").string()});
  Options options;
  options.patience = std::chrono::seconds(600);
  const Ran ran = run_stormproof(arguments, options);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  std::set<std::string> seen;
  for (const auto& object : objects(ran)) {
    if (!object.contains("cell")) continue;
    seen.insert(object.at("scenario"));
    EXPECT_TRUE(object.at("as_expected")) << object.dump(2);
    EXPECT_FALSE(object.at("expected").is_null()) << object.at("scenario") << object.at("cell");
  }
  EXPECT_EQ(seen.size(), scenario_files().size());
}

Ran client_killed(const std::string& level, const fs::path& out) {
  return run_stormproof({"run", (kLibrary / "client-killed.toml").string(), "--only", "level=" + level, "--no-expect",
                         "--json", "--out", out.string()});
}

/// The only directory below `out` with a plan.
fs::path run_directory(const fs::path& out) {
  for (const auto& entry : fs::recursive_directory_iterator(out)) {
    if (entry.path().filename() == "plan.json") return entry.path().parent_path();
  }
  return {};
}

TEST(StreamLibrary, NaiveLosesAtAKilledClientAndItsReplayToo) {
  const TempDir out;
  const Ran ran = client_killed("naive", out / "first");
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  const auto first = objects(ran);
  ASSERT_FALSE(first.empty()) << ran.err;
  EXPECT_EQ(anomalies(first.front()), std::set<std::string>{"lost"});
  const auto& found = first.front().at("invariants").at(0).at("anomalies").at(0);
  EXPECT_NE(found.at("id").get<std::string>().find("r-"), std::string::npos) << found;

  const Ran again =
      run_stormproof({"replay", run_directory(out / "first").string(), "--json", "--out", (out / "second").string()});
  EXPECT_EQ(again.exit_code, 1) << again.err;
  const auto second = objects(again);
  ASSERT_FALSE(second.empty()) << again.err;
  EXPECT_EQ(second.front().at("seed"), first.front().at("seed"));
  EXPECT_EQ(anomalies(second.front()), std::set<std::string>{"lost"});
}

TEST(StreamLibrary, RecoverableSurvivesAKilledClient) {
  const TempDir out;
  const Ran ran = client_killed("recoverable", out / "runs");
  EXPECT_EQ(ran.exit_code, 0) << ran.err << ran.out;
}

}  // namespace
}  // namespace stormproof::e2e
