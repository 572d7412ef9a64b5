#include "tests/calibration/exploration.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/support/child.h"
#include "tests/support/temp_dir.h"

namespace stormproof::calibration {
namespace {

void read_finding(const nlohmann::json& finding, Explored& explored) {
  explored.found = true;
  explored.anomaly = finding.value("anomaly", "");
  explored.first = finding.value("trial", 0);
  explored.seconds = finding.value("seconds", 0.0);
  explored.faults = finding.value("faults", 0);
  explored.minimal_faults = finding.value("minimal_faults", 0);
  explored.trials_to_fewest = finding.value("trials_to_fewest_faults", 0);
  explored.shrink_trials = finding.value("shrink_trials", 0);
  explored.reproduced = finding.value("reproduced", 0);
  explored.repeated = finding.value("repeated", 0);
}

}  // namespace

Explored explore(const Exploration& wanted) {
  const TempDir out;
  e2e::Options options;
  options.patience = std::chrono::seconds(60 + 15 * (wanted.trials + wanted.shrink));
  const bool is_file = wanted.scenario.ends_with(".toml");
  std::vector<std::string> arguments{
      "explore",
      is_file ? wanted.scenario : std::string(STORMPROOF_SOURCE_DIR) + "/scenarios/stream/" + wanted.scenario + ".toml",
      "--set",
      "level=" + wanted.level,
      "--set",
      "bug=" + wanted.bug,
      "--seed",
      std::to_string(wanted.seed),
      "--runs",
      std::to_string(wanted.trials),
      "--patience",
      "0",
      "--shrink-budget",
      std::to_string(wanted.shrink),
      "--json",
      "--out",
      (out / "explored").string()};
  if (!wanted.guided) arguments.emplace_back("--blind");
  arguments.insert(arguments.end(), wanted.more.begin(), wanted.more.end());
  const e2e::Ran ran = e2e::run_stormproof(arguments, options);
  Explored explored;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("findings")) continue;
    explored.trials = json.value("trials", 0);
    explored.unknown = json.value("unknown", 0);
    explored.duration = json.value("duration", 0.0);
    explored.trouble = json.value("trouble", "");
    if (!json.at("findings").empty()) read_finding(json.at("findings").front(), explored);
    return explored;
  }
  explored.trouble = fmt::format("exit {}: {}", ran.exit_code, ran.err.substr(0, 300));
  return explored;
}

}  // namespace stormproof::calibration
