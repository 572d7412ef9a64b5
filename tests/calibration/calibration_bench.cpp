/// How much stormproof catches: every planted bug under the scripted library, blind and guided exploration, and the
/// sound target under the same. Prints the tables and, with STORMPROOF_CALIBRATION_RESULTS=FILE, keeps them.
///   STORMPROOF_CALIBRATION_RUNS    runs of each scripted cell (20)
///   STORMPROOF_CALIBRATION_SEEDS   explorations of each bug, blind and guided (3; 0: none)
///   STORMPROOF_CALIBRATION_TRIALS  trials of an exploration at most (100)
///   STORMPROOF_CALIBRATION_SOUND   trials of the sound target, in all (200)
///   STORMPROOF_CALIBRATION_ONLY    only these bugs, separated by commas
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>

#include "harness/base/text.h"
#include "tests/calibration/campaign.h"
#include "tests/calibration/exploration.h"
#include "tests/calibration/planted.h"

namespace stormproof::calibration {
namespace {

int setting(const char* name, int fallback) {
  const char* given = std::getenv(name);
  return given != nullptr ? std::max(0, std::atoi(given)) : fallback;
}

template <class Value>
Value median(std::vector<Value> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void say(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::cerr << line << std::endl;
}

/// "3 (1–9)" of the trials of those explorations that found it.
template <class Value>
std::string spread(const std::vector<Value>& values, const char* format) {
  if (values.empty()) return "–";
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const std::string middle = fmt::format(fmt::runtime(format), median(values));
  if (*least == *most) return middle;
  return fmt::format("{} ({}–{})", middle, fmt::format(fmt::runtime(format), *least),
                     fmt::format(fmt::runtime(format), *most));
}

// ------------------------------------------------------------------------------------------------ the scripted library

struct Scripted {
  const Planted* planted = nullptr;
  Runs runs;

  int caught() const {
    return static_cast<int>(std::count_if(runs.judged.begin(), runs.judged.end(),
                                          [&](const Judged& judged) { return judged.found(planted->anomaly); }));
  }
  /// Runs it took to see it, counted anew after each time: the first number is the first detection.
  std::vector<int> waits() const {
    std::vector<int> waits;
    int since = 0;
    for (const Judged& judged : runs.judged) {
      ++since;
      if (judged.found(planted->anomaly)) waits.push_back(std::exchange(since, 0));
    }
    return waits;
  }
  std::vector<double> seconds() const {
    std::vector<double> seconds;
    for (const Judged& judged : runs.judged) {
      if (judged.found(planted->anomaly)) seconds.push_back(judged.seconds);
    }
    return seconds;
  }
};

std::string scripted_table(const std::vector<Scripted>& all) {
  std::string table =
      "| bug | scenario, level | faults it takes | caught | runs to detection | seconds of that run | as |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Scripted& one : all) {
    std::map<std::string, int> kinds;
    for (const Judged& judged : one.runs.judged) {
      for (const auto& kind : judged.anomalies) ++kinds[kind];
    }
    std::vector<std::string> as;
    for (const auto& [kind, times] : kinds) as.push_back(kind);
    table += fmt::format("| `{}` | {} {} | {} | {} of {} | {} | {} | {} |\n", one.planted->bug, one.planted->scenario,
                         one.planted->level, one.planted->faults, one.caught(), one.runs.judged.size(),
                         spread(one.waits(), "{}"), spread(one.seconds(), "{:.1f}"), join(as, ", "));
  }
  return table;
}

std::string sound_table(const std::vector<Cell>& cells, const std::vector<Runs>& all) {
  std::string table = "| scenario, level | runs | accused | unknown |\n|---|---|---|---|\n";
  std::size_t runs = 0, accused = 0, unknown = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto count = [&](const char* verdict) {
      return std::count_if(all[i].judged.begin(), all[i].judged.end(),
                           [&](const Judged& judged) { return judged.verdict == verdict; });
    };
    table +=
        fmt::format("| {} | {} | {} | {} |\n", cells[i].name(), all[i].judged.size(), count("fail"), count("unknown"));
    runs += all[i].judged.size();
    accused += static_cast<std::size_t>(count("fail"));
    unknown += static_cast<std::size_t>(count("unknown"));
  }
  return table + fmt::format("| **all** | {} | {} | {} |\n", runs, accused, unknown);
}

// --------------------------------------------------------------------------------------------------------- exploration

struct Hunt {
  const Planted* planted = nullptr;
  std::vector<Explored> blind, guided;
};

std::vector<int> firsts(const std::vector<Explored>& explored) {
  std::vector<int> firsts;
  for (const Explored& one : explored) {
    if (one.found) firsts.push_back(one.first);
  }
  return firsts;
}

std::string columns(const std::vector<Explored>& explored) {
  std::vector<double> seconds;
  for (const Explored& one : explored) {
    if (one.found) seconds.push_back(one.seconds);
  }
  return fmt::format("{} of {} | {} | {}", seconds.size(), explored.size(), spread(firsts(explored), "{}"),
                     spread(seconds, "{:.0f}"));
}

std::string hunt_table(const std::vector<Hunt>& hunts) {
  std::string table =
      "| bug | explored | blind: found | trials | seconds | guided: found | trials | seconds | minimal faults | "
      "reproduces |\n|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Hunt& hunt : hunts) {
    std::vector<int> sizes;
    int reproduced = 0, repeated = 0;
    for (const auto* list : {&hunt.blind, &hunt.guided}) {
      for (const Explored& one : *list) {
        if (!one.found || one.repeated == 0) continue;
        sizes.push_back(one.minimal_faults);
        reproduced += one.reproduced;
        repeated += one.repeated;
      }
    }
    table += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", hunt.planted->bug, hunt.planted->explore,
                         columns(hunt.blind), columns(hunt.guided), spread(sizes, "{}"),
                         repeated == 0 ? "–" : fmt::format("{} of {}", reproduced, repeated));
  }
  return table;
}

/// Of the bugs that blind exploration needs more than ten trials for: how many trials guided needs for each of its.
std::string ratio_words(const std::vector<Hunt>& hunts, int most) {
  double sum = 0;
  int bugs = 0, hit = 0, all = 0;
  const auto needed = [&](const std::vector<Explored>& explored) {
    std::vector<int> trials;
    for (const Explored& one : explored) trials.push_back(one.found ? one.first : most);
    return median(trials);
  };
  for (const Hunt& hunt : hunts) {
    all += static_cast<int>(hunt.guided.size());
    hit += static_cast<int>(firsts(hunt.guided).size());
    const int blind = needed(hunt.blind);
    if (blind <= 10) continue;
    sum += std::log(static_cast<double>(needed(hunt.guided)) / blind);
    ++bugs;
  }
  return fmt::format("Guided exploration found {} of {}. ", hit, all) +
         (bugs == 0 ? "No bug took blind exploration more than ten trials in the median.\n"
                    : fmt::format("Of {} bugs that take blind exploration more than ten trials in the median (not "
                                  "found counts as {}), guided needs {:.2f} times as many (geometric mean).\n",
                                  bugs, most, std::exp(sum / bugs)));
}

std::string exploration_text(const std::vector<Hunt>& hunts, int trials) {
  return fmt::format(
             "Seeds 1 to {}, at most {} trials each, level recoverable. Trials and seconds to the first finding: "
             "median (least–most).\n\n",
             hunts.front().guided.size(), trials) +
         hunt_table(hunts) + "\n" + ratio_words(hunts, trials);
}

/// One seed after the other, all bugs each; `keep` is given the chapter as it stands after each seed.
void explore_all(const std::vector<const Planted*>& bugs, const std::function<void(const std::string&)>& keep) {
  const int seeds = setting("STORMPROOF_CALIBRATION_SEEDS", 3);
  const int trials = setting("STORMPROOF_CALIBRATION_TRIALS", 100);
  constexpr int kShrink = 60;
  const auto why = cannot_explore();
  if (why || seeds == 0 || bugs.empty())
    return keep("Not measured: " + why.value_or("no seeds were asked for") + ".\n");
  std::vector<Hunt> hunts;
  for (const Planted* planted : bugs) hunts.push_back({planted, {}, {}});
  for (int seed = 1; seed <= seeds; ++seed) {
    for (Hunt& hunt : hunts) {
      for (const Guidance guidance : {Guidance::blind, Guidance::guided}) {
        // Shrinking costs more than finding; one seed of each bug tells what there is to tell.
        const int shrink = seed == 1 && guidance == Guidance::guided ? kShrink : 0;
        const Explored one = explore(hunt.planted->explore, hunt.planted->bug, guidance,
                                     static_cast<std::uint64_t>(seed), trials, shrink);
        say(fmt::format("{} {} seed {}: {}{}", hunt.planted->bug, guidance == Guidance::blind ? "blind" : "guided",
                        seed, one.found ? fmt::format("{} in trial {}", one.anomaly, one.first) : "not found",
                        one.trouble.empty() ? "" : ": " + one.trouble));
        (guidance == Guidance::blind ? hunt.blind : hunt.guided).push_back(one);
      }
    }
    keep(exploration_text(hunts, trials));
  }
}

std::string sound_exploration() {
  const int trials = setting("STORMPROOF_CALIBRATION_SOUND", 200);
  if (cannot_explore() || trials == 0) return "";
  int done = 0, accused = 0;
  std::string as;
  for (std::uint64_t seed = 1; done < trials && accused < 5; ++seed) {
    const Explored one = explore("explore", "none", Guidance::guided, seed, std::min(100, trials - done), 0);
    if (one.trials == 0) return "\nThe sound target could not be explored: " + one.trouble + "\n";
    done += one.trials;
    accused += one.found ? 1 : 0;
    if (one.found) as += fmt::format(" ({} in trial {} of seed {})", one.anomaly, one.first, seed);
  }
  return fmt::format("\nThe sound target, explored: {} false alarms in {} trials{}.\n", accused, done, as);
}

std::vector<const Planted*> chosen_bugs() {
  const char* only = std::getenv("STORMPROOF_CALIBRATION_ONLY");
  const std::vector<std::string> names = split(only == nullptr ? "" : only, ',');
  std::vector<const Planted*> bugs;
  for (const Planted& planted : kPlanted) {
    const bool named = std::find(names.begin(), names.end(), planted.bug) != names.end();
    if (only == nullptr || named) bugs.push_back(&planted);
  }
  return bugs;
}

std::string scripted_chapters(const std::vector<const Planted*>& bugs) {
  const int repeat = std::max(1, setting("STORMPROOF_CALIBRATION_RUNS", 20));
  std::vector<Scripted> all(bugs.size());
  const std::vector<Cell> cells = sound_cells();
  std::vector<Runs> sound(cells.size());
  in_parallel(bugs.size() + cells.size(), [&](std::size_t i) {
    if (i < bugs.size()) {
      all[i] = {bugs[i], run({bugs[i]->scenario, bugs[i]->level, bugs[i]->bug}, repeat)};
      say(fmt::format("{}: {} of {}{}", bugs[i]->bug, all[i].caught(), repeat, all[i].runs.trouble));
    } else {
      sound[i - bugs.size()] = run(cells[i - bugs.size()], repeat);
      say(fmt::format("sound {}{}", cells[i - bugs.size()].name(), sound[i - bugs.size()].trouble));
    }
  });
  const auto caught = std::count_if(all.begin(), all.end(), [](const Scripted& one) { return one.caught() > 0; });
  return fmt::format("\n## The scripted library\n\n{} of {} rows caught.\n\n", caught, all.size()) +
         scripted_table(all) + "\n## The sound target\n\n" + sound_table(cells, sound);
}

int calibrate() {
  const std::vector<const Planted*> bugs = chosen_bugs();
  std::string text =
      "# Calibration of the stream library\n\nWritten by `./dev calibrate`; a short form runs in `./dev test` "
      "(calibration_test) and fails when a bug is missed.\n";
  text += scripted_chapters(bugs);
  text += sound_exploration();
  std::string exploration;
  explore_all(bugs, [&](const std::string& chapter) {
    exploration = chapter;
    if (const char* path = std::getenv("STORMPROOF_CALIBRATION_RESULTS")) {
      std::ofstream(path) << text << "\n## Exploration\n\n" << exploration;
    }
  });
  std::cout << text << "\n## Exploration\n\n" << exploration;
  return 0;
}

}  // namespace
}  // namespace stormproof::calibration

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);  // the support library of the end-to-end tests says what went wrong through it
  return stormproof::calibration::calibrate();
}
