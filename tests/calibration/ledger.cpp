#include "tests/calibration/ledger.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace stormproof::calibration {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Judged, verdict, anomalies, because, seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Explored, trouble, trials, unknown, duration, found, anomaly, first, seconds, faults,
                                   minimal_faults, trials_to_fewest, shrink_trials, reproduced, repeated)

Ledger::Ledger(std::filesystem::path file) : file_(std::move(file)) {
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) continue;
    const std::string key = json.at("key");
    if (json.contains("runs")) runs_[key].judged = json.at("runs").get<std::vector<Judged>>();
    if (json.contains("explored")) explored_[key] = json.at("explored").get<Explored>();
  }
}

void Ledger::append(const std::string& line) {
  if (file_.empty()) return;
  std::filesystem::create_directories(file_.parent_path());
  std::ofstream(file_, std::ios::app) << line << '\n' << std::flush;
}

void Ledger::add(const std::string& key, const Runs& runs) {
  const std::lock_guard lock(mutex_);
  append(nlohmann::json{{"key", key}, {"runs", runs.judged}}.dump());
  runs_[key] = runs;
}

void Ledger::add(const std::string& key, const Explored& explored) {
  const std::lock_guard lock(mutex_);
  append(nlohmann::json{{"key", key}, {"explored", explored}}.dump());
  explored_[key] = explored;
}

const Runs* Ledger::runs(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = runs_.find(key);
  return found == runs_.end() ? nullptr : &found->second;
}

const Explored* Ledger::explored(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = explored_.find(key);
  return found == explored_.end() ? nullptr : &found->second;
}

}  // namespace stormproof::calibration
