#include "tests/calibration/campaign.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/e2e/support/child.h"
#include "tests/support/temp_dir.h"

namespace stormproof::calibration {
namespace {

Judged read_verdict(const nlohmann::json& line) {
  Judged judged{line.at("verdict"), {}, line.value("trouble", "")};
  std::set<std::string> kinds;
  for (const auto& invariant : line.at("invariants")) {
    for (const auto& anomaly : invariant.at("anomalies")) kinds.insert(anomaly.at("kind").get<std::string>());
  }
  judged.anomalies.assign(kinds.begin(), kinds.end());
  for (const auto& reason : line.at("unknown_because")) {
    judged.because += (judged.because.empty() ? "" : "; ") + reason.get<std::string>();
  }
  return judged;
}

}  // namespace

std::vector<Judged> run(const Cell& cell, int repeat) {
  const TempDir out;
  e2e::Options options;
  options.patience = std::chrono::seconds(60 + 10 * repeat);
  const std::string file = std::string(STORMPROOF_SOURCE_DIR) + "/scenarios/stream/" + cell.scenario + ".toml";
  const e2e::Ran ran = e2e::run_stormproof(
      {"run", file, "--only", "level=" + cell.level, "--set", "bug=" + cell.bug, "--no-expect", "--json", "--repeat",
       std::to_string(repeat), "--jobs", "2", "--out", (out / "runs").string()},
      options);
  std::vector<Judged> all;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("verdict") && json.contains("invariants")) all.push_back(read_verdict(json));
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(repeat)) << "exit " << ran.exit_code << "\n" << ran.err << ran.out;
  return all;
}

int runs_or(int fallback) {
  const char* given = std::getenv("STORMPROOF_CALIBRATION_RUNS");
  return given != nullptr ? std::max(1, std::atoi(given)) : fallback;
}

}  // namespace stormproof::calibration
