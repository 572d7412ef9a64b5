#include "tests/calibration/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "tests/calibration/planted.h"
#include "tests/e2e/support/child.h"
#include "tests/support/temp_dir.h"

namespace stormproof::calibration {
namespace {

Judged read_verdict(const nlohmann::json& line) {
  Judged judged{line.at("verdict"), {}, line.value("trouble", ""), line.value("duration", 0.0)};
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

bool Judged::found(std::string_view anomaly) const {
  return verdict == "fail" && std::find(anomalies.begin(), anomalies.end(), anomaly) != anomalies.end();
}

Runs run(const Cell& cell, int repeat) {
  const TempDir out;
  e2e::Options options;
  options.patience = std::chrono::seconds(90 + 10 * repeat);
  const std::string file = std::string(STORMPROOF_SOURCE_DIR) + "/scenarios/stream/" + cell.scenario + ".toml";
  const e2e::Ran ran = e2e::run_stormproof(
      {"run", file, "--only", "level=" + cell.level, "--set", "bug=" + cell.bug, "--no-expect", "--json", "--repeat",
       std::to_string(repeat), "--jobs", "1", "--out", (out / "runs").string()},
      options);
  Runs all;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("verdict") && json.contains("invariants")) {
      all.judged.push_back(read_verdict(json));
    }
  }
  if (all.judged.size() != static_cast<std::size_t>(repeat)) {
    all.trouble = fmt::format("{}: exit {}\n{}{}", cell.name(), ran.exit_code, ran.err, ran.out);
  }
  return all;
}

std::vector<Cell> sound_cells() {
  std::vector<Cell> cells;
  std::set<std::string> seen;
  for (const Planted& planted : kPlanted) {
    Cell cell{planted.scenario, planted.level, "none"};
    if (seen.insert(cell.name()).second) cells.push_back(std::move(cell));
  }
  return cells;
}

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  const std::size_t at_once = 2 * std::max(1U, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(at_once, count); ++i) {
    threads.emplace_back([&] {
      for (std::size_t mine = next++; mine < count; mine = next++) work(mine);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace stormproof::calibration
