/// How much stormproof catches: every planted bug under the scripted library, blind and guided exploration; the sound
/// target under the same; and how small failing schedules become. `calibration_bench [PART...]` with parts scripted,
/// explore, shrink and alarms (all of them), none to write only the results. What was measured is kept in a file and
/// not measured again; the results are written after each step, from all that is known.
///   STORMPROOF_CALIBRATION_DATA     the file of measurements; remove it to begin anew
///   STORMPROOF_CALIBRATION_RESULTS  where the results go, Markdown
///   STORMPROOF_CALIBRATION_FOR      seconds after which nothing further is begun (0: no end)
/// and the numbers in measurements.h.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>

#include "tests/calibration/measurements.h"
#include "tests/calibration/results.h"
#include "tests/support/temp_dir.h"

namespace stormproof::calibration {
namespace {

std::string text_setting(const char* name) {
  const char* given = std::getenv(name);
  return given != nullptr ? given : "";
}

class Bench {
 public:
  Bench()
      : settings_(settings_from_environment()),
        ledger_(text_setting("STORMPROOF_CALIBRATION_DATA")),
        bugs_(chosen(settings_)) {
    if (const int seconds = std::atoi(text_setting("STORMPROOF_CALIBRATION_FOR").c_str()); seconds > 0) {
      end_ = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    }
  }

  void scripted() {
    std::vector<Cell> cells = sound_cells();
    for (const Planted* planted : bugs_) cells.push_back({planted->scenario, planted->level, planted->bug});
    in_parallel(cells.size(), [&](std::size_t i) {
      const std::string key = scripted_key(cells[i]);
      if (ledger_.runs(key) != nullptr || time_is_up()) return;
      const Runs runs = run(cells[i], settings_.scripted_runs);
      say(key + (runs.trouble.empty() ? "" : ": " + runs.trouble));
      if (runs.trouble.empty()) ledger_.add(key, runs);
    });
  }

  void explore_all() {
    for (int seed = 1; seed <= settings_.few; ++seed) {
      for (const Planted* planted : bugs_) hunt(*planted, seed);
    }
    std::vector<const Planted*> hard;
    for (const Planted* planted : bugs_) {
      if (median(waits(ledger_, *planted, false, settings_.few, settings_.trials)) > kHard) hard.push_back(planted);
    }
    for (int seed = settings_.few + 1; seed <= settings_.seeds; ++seed) {
      for (const Planted* planted : hard) hunt(*planted, seed);
    }
  }

  void shrink_all() {
    for (const Planted* planted : bugs_) {
      if (planted->faults == 0) continue;
      for (int seed = 1; seed <= kShrinkSeeds; ++seed) {
        const Explored* one = measure(shrink_key(*planted, seed), shrink_of(*planted, seed, settings_));
        if (one == nullptr || one->found) break;
      }
    }
  }

  void alarms() {
    const TempDir place;
    for (const Soundness& sound : soundness()) {
      const int explorations = (settings_.alarms * sound.share / 100 + kAlarmTrials - 1) / kAlarmTrials;
      for (int i = 0; i < explorations; ++i) {
        const bool guided = i % 2 == 0;
        const int seed = 1 + i / 2;
        measure(alarm_key(sound, guided, seed), alarm_of(sound, guided, seed, place.path().string()));
      }
    }
  }

  void write() const {
    const std::string text = results_text(ledger_, settings_);
    const std::string file = text_setting("STORMPROOF_CALIBRATION_RESULTS");
    if (file.empty()) {
      std::cout << text;
    } else {
      std::ofstream(file) << text;
    }
  }

 private:
  bool time_is_up() const { return end_ && std::chrono::steady_clock::now() >= *end_; }

  static void say(const std::string& line) {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    std::cerr << line << std::endl;
  }

  void hunt(const Planted& planted, int seed) {
    for (const bool guided : {false, true}) {
      measure(hunt_key(planted, guided, seed), hunt_of(planted, guided, seed, settings_));
    }
  }

  /// From the ledger, or now; nullptr when there is no time left or it could not be measured.
  const Explored* measure(const std::string& key, const Exploration& wanted) {
    if (const Explored* known = ledger_.explored(key)) return known;
    if (time_is_up()) return nullptr;
    const Explored one = explore(wanted);
    say(fmt::format("{}: {}{}", key,
                    one.found ? fmt::format("{} in trial {}", one.anomaly, one.first)
                              : fmt::format("nothing in {} trials, {} unknown", one.trials, one.unknown),
                    one.trouble.empty() ? "" : ": " + one.trouble));
    if (!one.found && one.trials < wanted.trials) return nullptr;
    ledger_.add(key, one);
    write();
    return ledger_.explored(key);
  }

  const Settings settings_;
  Ledger ledger_;
  const std::vector<const Planted*> bugs_;
  std::optional<std::chrono::steady_clock::time_point> end_;
};

int calibrate(std::vector<std::string> parts) {
  if (parts.empty()) parts = {"scripted", "explore", "shrink", "alarms"};
  Bench bench;
  for (const std::string& part : parts) {
    if (part == "scripted")
      bench.scripted();
    else if (part == "explore")
      bench.explore_all();
    else if (part == "shrink")
      bench.shrink_all();
    else if (part == "alarms")
      bench.alarms();
    else if (part != "none") {
      std::cerr << "calibration: there is no part '" << part << "': scripted, explore, shrink, alarms or none\n";
      return 2;
    }
  }
  bench.write();
  return 0;
}

}  // namespace
}  // namespace stormproof::calibration

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);  // the support library of the end-to-end tests says what went wrong through it
  return stormproof::calibration::calibrate({argv + 1, argv + argc});
}
