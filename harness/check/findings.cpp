#include "harness/check/findings.h"

#include <algorithm>

namespace stormproof {

namespace {

constexpr std::size_t kKept = InvariantResult::kAnomaliesKept;

/// In turn one of each kind, so that a flood of one does not hide another.
std::vector<Anomaly> fair_share(std::map<std::string, std::vector<Anomaly>> by_kind) {
  std::vector<Anomaly> chosen;
  for (std::size_t place = 0; chosen.size() < kKept; ++place) {
    bool any = false;
    for (auto& [kind, anomalies] : by_kind) {
      if (place >= anomalies.size() || chosen.size() == kKept) continue;
      any = true;
      chosen.push_back(std::move(anomalies[place]));
    }
    if (!any) break;
  }
  std::stable_sort(chosen.begin(), chosen.end(), [](const Anomaly& a, const Anomaly& b) { return a.t < b.t; });
  return chosen;
}

}  // namespace

void Findings::add(const std::string& kind, const std::function<Anomaly()>& make) {
  ++total_;
  auto& kept = kept_[kind];
  if (kept.size() < kKept) kept.push_back(make());
}

InvariantResult Findings::result(std::string name, std::string unknown_because) {
  InvariantResult result;
  result.name = std::move(name);
  result.anomalies = fair_share(std::move(kept_));
  result.anomalies_total = total_;
  result.verdict = total_ > 0 ? Verdict::fail : unknown_because.empty() ? Verdict::pass : Verdict::unknown;
  result.unknown_because = std::move(unknown_because);
  return result;
}

InvariantResult merge_results(std::string name, std::vector<InvariantResult> parts) {
  InvariantResult merged;
  merged.name = std::move(name);
  std::map<std::string, std::vector<Anomaly>> by_kind;
  for (InvariantResult& part : parts) {
    merged.verdict = merge(merged.verdict, part.verdict);
    merged.anomalies_total += part.anomalies_total;
    if (merged.unknown_because.empty()) merged.unknown_because = part.unknown_because;
    for (Anomaly& anomaly : part.anomalies) by_kind[anomaly.kind].push_back(std::move(anomaly));
  }
  merged.anomalies = fair_share(std::move(by_kind));
  return merged;
}

}  // namespace stormproof
