/// What a calibration measures, and under which key of the ledger each answer is found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/calibration/ledger.h"
#include "tests/calibration/planted.h"

namespace stormproof::calibration {

struct Settings {
  int scripted_runs = 20;              ///< of each scripted cell
  int few = 3;                         ///< seeds of each bug, blind and guided
  int seeds = 20;                      ///< of the bugs that blind exploration takes long for
  int trials = 200;                    ///< of an exploration, at most
  int alarms = 2000;                   ///< trials of sound targets
  std::vector<std::string> only = {};  ///< bugs; empty: all
};
/// From STORMPROOF_CALIBRATION_RUNS, _FEW, _SEEDS, _TRIALS, _ALARMS and _ONLY.
Settings settings_from_environment();

/// The rows of kPlanted that are wanted.
std::vector<const Planted*> chosen(const Settings& settings);

std::string scripted_key(const Cell& cell);

Exploration hunt_of(const Planted& planted, bool guided, int seed, const Settings& settings);
std::string hunt_key(const Planted& planted, bool guided, int seed);
/// Of the seeds 1 to `most`, those measured in both modes: blind and guided are never compared over other seeds.
int seeds_in_both(const Ledger& ledger, const Planted& planted, int most);

/// Trials to the first finding; one that found nothing counts as all its trials and one more.
std::vector<double> waits(const Ledger& ledger, const Planted& planted, bool guided, int seeds, int trials);
double median(std::vector<double> values);

/// A bug that takes blind exploration more than ten trials in the median of its seeds.
inline constexpr double kHard = 10;

/// A schedule of six faults that fails, found blindly and shrunk within sixty trials. Explorations with seeds from 1
/// on; the first that finds something counts.
inline constexpr int kShrinkBudget = 60;
inline constexpr int kShrinkSeeds = 5;
Exploration shrink_of(const Planted& planted, int seed, const Settings& settings);
std::string shrink_key(const Planted& planted, int seed);

/// A level, and the faults under which its contract holds.
struct Soundness {
  const char* level;
  const char* faults;   ///< in words
  const char* palette;  ///< [[explore.faults]] for the end of the scenario; "": whatever it admits
  int share;            ///< of the trials, in percent
};
const std::vector<Soundness>& soundness();
inline constexpr int kAlarmTrials = 100;  ///< of one exploration
std::string alarm_key(const Soundness& sound, bool guided, int seed);
/// `directory`: where a scenario with that palette may be written.
Exploration alarm_of(const Soundness& sound, bool guided, int seed, const std::string& directory);

}  // namespace stormproof::calibration
