#include "harness/cli/verdict_diff.h"

#include <fmt/core.h>

#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "harness/base/text.h"

namespace stormproof {

namespace {

using Identity = std::tuple<std::string, std::string, std::string, std::string, std::int64_t, std::string>;

Identity identity(const std::string& invariant, const Anomaly& anomaly) {
  return {invariant, anomaly.kind, anomaly.id, anomaly.key, anomaly.seq, anomaly.process};
}

/// How often each stands in a verdict: a message may be a duplicate twice.
std::map<Identity, std::size_t> tally(const RunSummary& run) {
  std::map<Identity, std::size_t> found;
  for (const InvariantResult& result : run.invariants) {
    for (const Anomaly& anomaly : result.anomalies) ++found[identity(result.name, anomaly)];
  }
  return found;
}

std::vector<AnomalyRef> only_in(const RunSummary& run, std::map<Identity, std::size_t> others) {
  std::vector<AnomalyRef> only;
  for (const InvariantResult& result : run.invariants) {
    for (const Anomaly& anomaly : result.anomalies) {
      std::size_t& left = others[identity(result.name, anomaly)];
      if (left > 0) {
        --left;
      } else {
        only.push_back({result.name, anomaly});
      }
    }
  }
  return only;
}

const InvariantResult* find(const RunSummary& run, const std::string& name) {
  for (const InvariantResult& result : run.invariants) {
    if (result.name == name) return &result;
  }
  return nullptr;
}

std::string line(char mark, const AnomalyRef& ref) {
  const Anomaly& anomaly = ref.anomaly;
  std::string text = fmt::format("{} {}: {}", mark, ref.invariant, anomaly.kind);
  if (!anomaly.id.empty()) text += " " + printable(anomaly.id);
  if (!anomaly.key.empty() || anomaly.seq != EventView::kNoSeq) {
    const std::string seq = anomaly.seq == EventView::kNoSeq ? "" : fmt::format("#{}", anomaly.seq);
    text += fmt::format(" ({}{}{})", printable(anomaly.key), anomaly.key.empty() || seq.empty() ? "" : " ", seq);
  }
  return text + (anomaly.detail.empty() ? "" : ": " + printable(anomaly.detail)) + "\n";
}

nlohmann::ordered_json list(const std::vector<AnomalyRef>& refs) {
  auto out = nlohmann::ordered_json::array();
  for (const AnomalyRef& ref : refs) {
    nlohmann::ordered_json entry{{"invariant", ref.invariant}, {"kind", ref.anomaly.kind}};
    if (!ref.anomaly.id.empty()) entry["id"] = valid_utf8(ref.anomaly.id);
    if (!ref.anomaly.key.empty()) entry["key"] = valid_utf8(ref.anomaly.key);
    if (ref.anomaly.seq != EventView::kNoSeq) entry["seq"] = ref.anomaly.seq;
    entry["detail"] = valid_utf8(ref.anomaly.detail);
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

ExitCode VerdictDiff::exit_code() const {
  if (!fresh.empty() || more_beyond || (after == Verdict::fail && before != Verdict::fail)) return ExitCode::fail;
  return after == Verdict::unknown && before != Verdict::unknown ? ExitCode::unknown : ExitCode::pass;
}

VerdictDiff diff_verdicts(const RunSummary& before, const RunSummary& after) {
  VerdictDiff diff;
  diff.before = before.verdict;
  diff.after = after.verdict;
  diff.fresh = only_in(after, tally(before));
  diff.cured = only_in(before, tally(after));
  for (const InvariantResult& result : after.invariants) diff.kept += result.anomalies.size();
  diff.kept -= diff.fresh.size();
  for (const InvariantResult& result : after.invariants) {
    const InvariantResult* const earlier = find(before, result.name);
    const std::uint64_t was = earlier == nullptr ? 0 : earlier->anomalies_total;
    const bool listed =
        result.anomalies_total == result.anomalies.size() && (earlier == nullptr || was == earlier->anomalies.size());
    if (listed || result.anomalies_total == was) continue;
    diff.beyond.push_back(fmt::format("{}: {} -> {}", result.name, was, result.anomalies_total));
    diff.more_beyond = diff.more_beyond || result.anomalies_total > was;
  }
  return diff;
}

std::string diff_text(const VerdictDiff& diff) {
  std::string out = fmt::format("{} -> {}: {} new, {} cured, {} in both\n", to_string(diff.before),
                                to_string(diff.after), diff.fresh.size(), diff.cured.size(), diff.kept);
  for (const AnomalyRef& ref : diff.fresh) out += line('+', ref);
  for (const AnomalyRef& ref : diff.cured) out += line('-', ref);
  for (const std::string& text : diff.beyond) out += "  in all " + text + "\n";
  return out;
}

std::string diff_json(const VerdictDiff& diff) {
  return nlohmann::ordered_json{{"before", to_string(diff.before)},
                                {"after", to_string(diff.after)},
                                {"new", list(diff.fresh)},
                                {"cured", list(diff.cured)},
                                {"kept", diff.kept},
                                {"beyond", diff.beyond}}
      .dump();
}

}  // namespace stormproof
