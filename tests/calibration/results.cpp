#include "tests/calibration/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "harness/base/text.h"

namespace stormproof::calibration {
namespace {

/// "3 (1–9)": the median, least and most.
std::string spread(const std::vector<double>& values, const char* format = "{:.0f}") {
  if (values.empty()) return "–";
  const auto text = [&](double value) { return fmt::format(fmt::runtime(format), value); };
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const std::string middle =
      median(values) == std::floor(median(values)) ? text(median(values)) : fmt::format("{:.1f}", median(values));
  return *least == *most ? middle : fmt::format("{} ({}–{})", middle, text(*least), text(*most));
}

class Scripted {
 public:
  Scripted(const Planted& planted, const Runs& runs) : planted_(planted), runs_(runs) {}

  int caught() const {
    return static_cast<int>(std::count_if(runs_.judged.begin(), runs_.judged.end(),
                                          [&](const Judged& judged) { return judged.found(planted_.anomaly); }));
  }
  std::string row() const {
    std::vector<double> waits, seconds;
    std::map<std::string, int> kinds;
    int since = 0;
    for (const Judged& judged : runs_.judged) {
      ++since;
      for (const auto& kind : judged.anomalies) ++kinds[kind];
      if (!judged.found(planted_.anomaly)) continue;
      waits.push_back(std::exchange(since, 0));  // counted anew after each time
      seconds.push_back(judged.seconds);
    }
    std::vector<std::string> as;
    for (const auto& [kind, times] : kinds) as.push_back(kind);
    return fmt::format("| `{}` | {} {} | {} | {} of {} | {} | {} | {} |\n", planted_.bug, planted_.scenario,
                       planted_.level, planted_.faults, caught(), runs_.judged.size(), spread(waits),
                       spread(seconds, "{:.1f}"), join(as, ", "));
  }

 private:
  const Planted& planted_;
  const Runs& runs_;
};

std::string scripted_chapter(const Ledger& ledger, const std::vector<const Planted*>& bugs) {
  std::string table;
  int caught = 0, rows = 0;
  for (const Planted* planted : bugs) {
    const Runs* runs = ledger.runs(scripted_key({planted->scenario, planted->level, planted->bug}));
    if (runs == nullptr) continue;
    const Scripted row(*planted, *runs);
    table += row.row();
    caught += row.caught() > 0 ? 1 : 0;
    ++rows;
  }
  return fmt::format(
             "## The scripted library\n\n{} of {} rows caught. Runs and seconds: median (least–most).\n\n"
             "| bug | scenario, level | faults it takes | caught | runs to detection | seconds of that run | as |\n"
             "|---|---|---|---|---|---|---|\n",
             caught, rows) +
         table;
}

std::string sound_chapter(const Ledger& ledger) {
  std::string table = "| scenario, level | runs | accused | unknown |\n|---|---|---|---|\n";
  std::ptrdiff_t all = 0, accused = 0, unknown = 0;
  for (const Cell& cell : sound_cells()) {
    const Runs* runs = ledger.runs(scripted_key(cell));
    if (runs == nullptr) continue;
    const auto count = [&](const char* verdict) {
      return std::count_if(runs->judged.begin(), runs->judged.end(),
                           [&](const Judged& judged) { return judged.verdict == verdict; });
    };
    table += fmt::format("| {} | {} | {} | {} |\n", cell.name(), runs->judged.size(), count("fail"), count("unknown"));
    all += static_cast<std::ptrdiff_t>(runs->judged.size());
    accused += count("fail");
    unknown += count("unknown");
  }
  return "\n## The sound target in the scripted library\n\n" + table +
         fmt::format("| **all** | {} | {} | {} |\n", all, accused, unknown);
}

std::string alarms_chapter(const Ledger& ledger) {
  std::string table = "| level | faults | trials | false alarms | unknown |\n|---|---|---|---|---|\n";
  int all = 0, alarms = 0;
  for (const Soundness& sound : soundness()) {
    int trials = 0, found = 0, unknown = 0;
    for (int seed = 1; seed <= 100; ++seed) {
      for (const bool guided : {false, true}) {
        const Explored* one = ledger.explored(alarm_key(sound, guided, seed));
        if (one == nullptr) continue;
        trials += one->trials;
        unknown += one->unknown;
        found += one->found ? 1 : 0;
      }
    }
    table += fmt::format("| {} | {} | {} | {} | {} |\n", sound.level, sound.faults, trials, found, unknown);
    all += trials;
    alarms += found;
  }
  return fmt::format("\n## The sound target, explored\n\n{} false alarms in {} trials.\n\n", alarms, all) + table;
}

/// Blind and guided exploration of one bug, over the same seeds.
struct Hunt {
  const Planted* planted;
  int seeds;
  std::vector<double> blind, guided;

  bool hard() const { return median(blind) > kHard; }
};

std::vector<Hunt> hunts_of(const Ledger& ledger, const std::vector<const Planted*>& bugs, const Settings& settings) {
  std::vector<Hunt> hunts;
  for (const Planted* planted : bugs) {
    const int seeds = seeds_in_both(ledger, *planted, settings.seeds);
    if (seeds == 0) continue;
    hunts.push_back({planted, seeds, waits(ledger, *planted, false, seeds, settings.trials),
                     waits(ledger, *planted, true, seeds, settings.trials)});
  }
  return hunts;
}

std::string columns(const Ledger& ledger, const Hunt& hunt, bool guided) {
  std::vector<double> seconds;
  for (int seed = 1; seed <= hunt.seeds; ++seed) {
    const Explored* one = ledger.explored(hunt_key(*hunt.planted, guided, seed));
    if (one->found) seconds.push_back(one->seconds);
  }
  return fmt::format("{} of {} | {} | {}", seconds.size(), hunt.seeds, spread(guided ? hunt.guided : hunt.blind),
                     spread(seconds));
}

double geometric_mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

std::string guidance_words(const std::vector<Hunt>& hunts, int trials) {
  std::vector<double> medians, means;
  int found = 0, explored = 0, seeds = 1000;
  const auto mean = [](const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  };
  for (const Hunt& hunt : hunts) {
    explored += hunt.seeds;
    found += static_cast<int>(
        std::count_if(hunt.guided.begin(), hunt.guided.end(), [&](double wait) { return wait <= trials; }));
    if (!hunt.hard()) continue;
    medians.push_back(median(hunt.guided) / median(hunt.blind));
    means.push_back(mean(hunt.guided) / mean(hunt.blind));
    seeds = std::min(seeds, hunt.seeds);
  }
  std::string text = fmt::format("Guided exploration found the bug in {} of {} explorations ({:.1f} %).\n", found,
                                 explored, explored == 0 ? 0.0 : 100.0 * found / explored);
  if (medians.empty()) return text + "No bug took blind exploration more than ten trials in the median.\n";
  return text + fmt::format(
                    "Of the {} bugs that take blind exploration more than ten trials in the median, over {} or "
                    "more seeds each, guided takes **{:.2f}** times as many trials (geometric mean of the ratios "
                    "of medians; of means: {:.2f}).\n",
                    medians.size(), seeds, geometric_mean(medians), geometric_mean(means));
}

std::string exploration_chapter(const Ledger& ledger, const std::vector<const Planted*>& bugs,
                                const Settings& settings) {
  const std::vector<Hunt> hunts = hunts_of(ledger, bugs, settings);
  std::string table =
      "| bug | explored | blind: found | trials | seconds | guided: found | trials | seconds | guided/blind |\n"
      "|---|---|---|---|---|---|---|---|---|\n";
  for (const Hunt& hunt : hunts) {
    table += fmt::format("| `{}` | {} | {} | {} | {} |\n", hunt.planted->bug, hunt.planted->explore,
                         columns(ledger, hunt, false), columns(ledger, hunt, true),
                         hunt.hard() ? fmt::format("**{:.2f}**", median(hunt.guided) / median(hunt.blind)) : "");
  }
  constexpr const char* kWords =
      "\n## Blind and guided exploration\n\n"
      "At most {} trials each, level recoverable. Trials and seconds to the first finding: median (least–most); an\n"
      "exploration that found nothing counts as {}; 0 is the probing run without faults. Blind: every schedule is "
      "drawn\n"
      "afresh, of any number of faults up to six; guided schedules mostly have six, which is part of what guidance "
      "gains.\n"
      "The rule, laid down before anything was looked at: {} seeds for every bug in both modes; where the median of "
      "the\n"
      "blind ones is above {:.0f}, up to {}, as far as the time goes, always as many blind as guided.\n\n";
  return fmt::format(kWords, settings.trials, settings.trials + 1, settings.few, kHard, settings.seeds) +
         guidance_words(hunts, settings.trials) + "\n" + table;
}

std::string shrinking_chapter(const Ledger& ledger, const std::vector<const Planted*>& bugs) {
  std::string table =
      "| bug | faults | of the minimum | trials until then | in all | reproduces |\n|---|---|---|---|---|---|\n";
  std::vector<double> faults, trials, rates;
  for (const Planted* planted : bugs) {
    for (int seed = 1; seed <= kShrinkSeeds; ++seed) {
      const Explored* one = ledger.explored(shrink_key(*planted, seed));
      if (one == nullptr || !one->found || one->first == 0) continue;
      const double rate = one->repeated == 0 ? 0 : static_cast<double>(one->reproduced) / one->repeated;
      table += fmt::format("| `{}` | {} | {} | {} | {} | {} of {} |\n", planted->bug, one->faults, one->minimal_faults,
                           one->trials_to_fewest, one->shrink_trials, one->reproduced, one->repeated);
      faults.push_back(one->minimal_faults);
      trials.push_back(one->trials_to_fewest);
      rates.push_back(100 * rate);
    }
  }
  constexpr const char* kWords =
      "\n## Shrinking\n\n"
      "Blind schedules of six faults until one fails; shrunk with {} trials, then measured with 20 fresh ones. One "
      "that does\n"
      "not fail again in ten runs is not shrunk. {} schedules: the minimum has {} faults, reached after {} trials, "
      "and\n"
      "reproduces in {} % of runs; median (least–most).\n\n";
  return fmt::format(kWords, kShrinkBudget, faults.size(), spread(faults), spread(trials), spread(rates)) + table;
}

}  // namespace

std::string results_text(const Ledger& ledger, const Settings& settings) {
  const std::vector<const Planted*> bugs = chosen(settings);
  return "# Calibration of the stream library\n\nWritten by `./dev bench calibration`; a short form runs in `./dev "
         "test` (calibration_test) and fails when a bug is missed.\nThe crash sweep does not exist yet, so it stands "
         "in "
         "no table.\n\n" +
         scripted_chapter(ledger, bugs) + sound_chapter(ledger) + alarms_chapter(ledger) +
         exploration_chapter(ledger, bugs, settings) + shrinking_chapter(ledger, bugs);
}

}  // namespace stormproof::calibration
