#include "tests/calibration/measurements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "harness/base/text.h"
#include "tests/support/golden.h"

namespace stormproof::calibration {
namespace {

int setting(const char* name, int fallback) {
  const char* given = std::getenv(name);
  return given != nullptr ? std::max(0, std::atoi(given)) : fallback;
}

const char* mode(bool guided) { return guided ? "guided" : "blind"; }

// What breaks the way to the server or the server itself, which keeps nothing.
constexpr const char* kWays = R"(
[[explore.faults]]
kind = "reset_peer"
[[explore.faults]]
kind = "down"
[[explore.faults]]
kind = "partition"
[[explore.faults]]
kind = "blackhole"
[[explore.faults]]
kind = "half_open"
[[explore.faults]]
kind = "latency"
[[explore.faults]]
kind = "limit_data"
[[explore.faults]]
kind = "deadline"
[[explore.faults]]
kind = "packet_loss"
[[explore.faults]]
kind = "slicer"
[[explore.faults]]
kind = "kill"
target = "server"
[[explore.faults]]
kind = "term"
target = "server"
[[explore.faults]]
kind = "restart"
target = "server"
)";
constexpr const char* kWaysAndStops = R"(
[[explore.faults]]
kind = "term"
target = "client"
weight = 3
[[explore.faults]]
kind = "restart"
target = "client"
weight = 3
)";

}  // namespace

Settings settings_from_environment() {
  Settings settings;
  settings.scripted_runs = std::max(1, setting("STORMPROOF_CALIBRATION_RUNS", settings.scripted_runs));
  settings.few = setting("STORMPROOF_CALIBRATION_FEW", settings.few);
  settings.seeds = setting("STORMPROOF_CALIBRATION_SEEDS", settings.seeds);
  settings.trials = std::max(1, setting("STORMPROOF_CALIBRATION_TRIALS", settings.trials));
  settings.alarms = setting("STORMPROOF_CALIBRATION_ALARMS", settings.alarms);
  if (const char* only = std::getenv("STORMPROOF_CALIBRATION_ONLY")) settings.only = split(only, ',');
  return settings;
}

std::vector<const Planted*> chosen(const Settings& settings) {
  std::vector<const Planted*> bugs;
  for (const Planted& planted : kPlanted) {
    const auto& only = settings.only;
    if (only.empty() || std::find(only.begin(), only.end(), planted.bug) != only.end()) bugs.push_back(&planted);
  }
  return bugs;
}

std::string scripted_key(const Cell& cell) { return fmt::format("scripted/{}/{}", cell.name(), cell.bug); }

Exploration hunt_of(const Planted& planted, bool guided, int seed, const Settings& settings) {
  Exploration wanted;
  wanted.scenario = planted.explore;
  wanted.bug = planted.bug;
  wanted.guided = guided;
  wanted.seed = static_cast<std::uint64_t>(seed);
  wanted.trials = settings.trials;
  return wanted;
}

std::string hunt_key(const Planted& planted, bool guided, int seed) {
  return fmt::format("explore/{} {}/{}/{}", planted.bug, planted.explore, mode(guided), seed);
}

int seeds_in_both(const Ledger& ledger, const Planted& planted, int most) {
  for (int seed = 1; seed <= most; ++seed) {
    for (const bool guided : {false, true}) {
      if (ledger.explored(hunt_key(planted, guided, seed)) == nullptr) return seed - 1;
    }
  }
  return most;
}

std::vector<double> waits(const Ledger& ledger, const Planted& planted, bool guided, int seeds, int trials) {
  std::vector<double> waits;
  for (int seed = 1; seed <= seeds; ++seed) {
    const Explored* one = ledger.explored(hunt_key(planted, guided, seed));
    if (one != nullptr) waits.push_back(one->found ? one->first : trials + 1);
  }
  return waits;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Exploration shrink_of(const Planted& planted, int seed, const Settings& settings) {
  Exploration wanted = hunt_of(planted, /*guided=*/false, seed, settings);
  wanted.seed += 1000;
  wanted.shrink = kShrinkBudget;
  wanted.more = {"--min-faults", "6"};
  return wanted;
}

std::string shrink_key(const Planted& planted, int seed) {
  return fmt::format("shrink/{} {}/{}", planted.bug, planted.explore, seed);
}

const std::vector<Soundness>& soundness() {
  static const std::string stops = std::string(kWays) + kWaysAndStops;
  static const std::vector<Soundness> all{
      {"recoverable", "all that the scenario admits", "", 70},
      {"graceful", "on the link and the server; clients asked to stop", stops.c_str(), 15},
      {"resumable", "on the link and the server", kWays, 15},
  };
  return all;
}

std::string alarm_key(const Soundness& sound, bool guided, int seed) {
  return fmt::format("alarms/{}/{}/{}", sound.level, mode(guided), seed);
}

Exploration alarm_of(const Soundness& sound, bool guided, int seed, const std::string& directory) {
  Exploration wanted;
  wanted.scenario = "explore";
  wanted.level = sound.level;
  wanted.guided = guided;
  wanted.seed = static_cast<std::uint64_t>(2000 + seed);
  wanted.trials = kAlarmTrials;
  if (*sound.palette == '\0') return wanted;
  wanted.scenario = fmt::format("{}/sound-{}.toml", directory, sound.level);
  std::ofstream(wanted.scenario) << read_file(std::string(STORMPROOF_SOURCE_DIR) + "/scenarios/stream/explore.toml")
                                 << sound.palette;
  return wanted;
}

}  // namespace stormproof::calibration
