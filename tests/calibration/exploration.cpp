#include "tests/calibration/exploration.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "tests/e2e/support/child.h"
#include "tests/support/temp_dir.h"

namespace stormproof::calibration {
namespace {

void read_finding(const nlohmann::json& finding, Explored& explored) {
  explored.found = true;
  explored.anomaly = finding.value("anomaly", "");
  explored.first = finding.value("trial", 0);
  explored.seconds = finding.value("seconds", 0.0);
  explored.minimal_faults = finding.value("minimal_faults", 0);
  explored.reproduced = finding.value("reproduced", 0);
  explored.repeated = finding.value("repeated", 0);
}

}  // namespace

Explored explore(const std::string& scenario, const std::string& bug, Guidance guidance, std::uint64_t seed, int trials,
                 int shrink) {
  const TempDir out;
  e2e::Options options;
  options.patience = std::chrono::seconds(60 + 15 * (trials + shrink));
  std::vector<std::string> arguments = {"explore",
                                        std::string(STORMPROOF_SOURCE_DIR) + "/scenarios/stream/" + scenario + ".toml",
                                        "--set",
                                        "level=recoverable",
                                        "--set",
                                        "bug=" + bug,
                                        "--seed",
                                        std::to_string(seed),
                                        "--runs",
                                        std::to_string(trials),
                                        "--patience",
                                        "0",
                                        "--shrink-budget",
                                        std::to_string(shrink),
                                        "--json",
                                        "--out",
                                        (out / "explored").string()};
  if (guidance == Guidance::blind) arguments.emplace_back("--blind");
  const e2e::Ran ran = e2e::run_stormproof(arguments, options);
  Explored explored;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("findings")) continue;
    explored.trials = json.value("trials", 0);
    if (!json.at("findings").empty()) read_finding(json.at("findings").front(), explored);
    explored.trouble = json.value("trouble", "");
    return explored;
  }
  explored.trouble = fmt::format("exit {}: {}", ran.exit_code, ran.err.substr(0, 300));
  return explored;
}

std::optional<std::string> cannot_explore() {
  const e2e::Ran ran = e2e::run_stormproof({"explore", "--help"});
  if (ran.exit_code == 0) return std::nullopt;
  return "this stormproof has no command explore";
}

}  // namespace stormproof::calibration
