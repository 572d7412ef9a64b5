#include "harness/explore/genes.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace stormproof {

namespace {

using std::chrono::milliseconds;

/// "one client", "all of client", "link feed": replicas are interchangeable.
std::string place_of(const FaultSpec& fault) {
  if (!fault.link.empty()) return "link " + fault.link;
  const std::size_t slash = fault.target.find('/');
  return slash == std::string::npos ? "all of " + fault.target : "one " + fault.target.substr(0, slash);
}

/// The ends of the work are phases of their own: what begins and what finishes is where mistakes are.
std::string phase_of(Nanos from, Nanos work) {
  const double share = static_cast<double>(from.count()) / static_cast<double>(std::max<std::int64_t>(1, work.count()));
  constexpr std::array<std::pair<double, const char*>, 5> kPhases{
      {{0.05, "at the start"}, {0.33, "early"}, {0.66, "halfway"}, {0.9, "late"}, {1.0, "near the end"}}};
  for (const auto& [end, name] : kPhases) {
    if (share < end) return name;
  }
  return "after the work";
}

std::string length_of(const FaultSpec& fault) {
  const Nanos length = fault.lasts.value_or(fault.restart.value_or(Nanos{}));
  return length < milliseconds(60) ? "briefly" : length < milliseconds(200) ? "for a while" : "for long";
}

class Reader {
 public:
  Reader(const Schedule& schedule, const Palette& palette, const Census& census)
      : faults_(schedule.faults), palette_(palette), census_(census), seen_(Foresight(palette, census).of(schedule)) {}

  Genes read() {
    for (std::size_t i = 0; i < faults_.size(); ++i) {
      const FaultSpec& fault = faults_[i];
      const Impact impact = impact_of(fault);
      const std::string what = fault.kind + ", " + place_of(fault);
      note(what, impact.weight);
      note(what + ", " + phase_of(seen_[i].from, census_.work), impact.weight);
      note(what + ", " + length_of(fault), impact.weight / 2);
      note(std::string(impact.family) + " by trigger " + std::to_string(static_cast<int>(fault.when.kind)), 0.5);
      for (std::size_t j = 0; j < faults_.size(); ++j) pair(i, j);
    }
    note(std::to_string(faults_.size()) + " faults", 1);
    return std::move(genes_);
  }

 private:
  struct Impact {
    const char* family;
    double weight;
  };

  Impact impact_of(const FaultSpec& fault) const {
    if (ends_processes(fault)) return {fault.kind == "term" || fault.kind == "restart" ? "stop" : "kill", 3};
    if (fault.link.empty()) return {"pause", 2};
    for (const Strike& strike : palette_.strikes) {
      if (strike.kind->name != fault.kind) continue;
      if (strike.kind->breaks) return {"break", 2};
      if (strike.kind->blocks || strike.kind->needs != FaultNeeds::traffic) return {"block", 1.5};
    }
    return {"shape", 0.7};
  }

  /// `i` before `j`, overlapping or not.
  void pair(std::size_t i, std::size_t j) {
    const bool before = seen_[i].from < seen_[j].from || (seen_[i].from == seen_[j].from && i < j);
    if (i == j || !before) return;
    const Impact first = impact_of(faults_[i]);
    const Impact second = impact_of(faults_[j]);
    const bool overlap = seen_[j].from <= seen_[i].to;
    note(std::string(first.family) + ' ' + place_of(faults_[i]) + (overlap ? ", during it " : ", after it ") +
             second.family + ' ' + place_of(faults_[j]),
         std::sqrt(first.weight * second.weight) / 2);
  }

  void note(const std::string& gene, double weight) {
    double& known = genes_[gene];
    known = std::max(known, weight);
  }

  const std::vector<FaultSpec>& faults_;
  const Palette& palette_;
  const Census& census_;
  const std::vector<Foreseen> seen_;
  Genes genes_;
};

}  // namespace

Genes genes_of(const Schedule& schedule, const Palette& palette, const Census& census) {
  return Reader(schedule, palette, census).read();
}

}  // namespace stormproof
