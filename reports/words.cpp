#include "reports/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/base/text.h"
#include "harness/base/units.h"

namespace stormproof {
namespace {

/// Kinds that Counts knows exactly; anomalies kept as evidence are only the first of them.
std::vector<std::pair<std::string_view, std::uint64_t>> counted_kinds(const Counts& counts) {
  return {{"lost", counts.lost},       {"duplicate", counts.duplicate},       {"phantom", counts.phantom},
          {"corrupt", counts.corrupt}, {"aborted_read", counts.aborted_read}, {"reordered", counts.reordered},
          {"gap", counts.gap}};
}

}  // namespace

std::string_view symbol(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "✓";
    case Verdict::fail: return "✗";
    case Verdict::unknown: return "?";
  }
  return "?";
}

Verdict mark(const RunSummary& run) { return run.outcome == RunOutcome::completed ? run.verdict : Verdict::unknown; }

bool is_trouble(const RunSummary& run) { return run.effective() != Verdict::pass; }

std::string run_title(const RunSummary& run) {
  std::string title = run.scenario;
  if (!run.cell.empty()) title += " " + cell_name(run.cell);
  if (run.repeat > 1) title += fmt::format(" (repetition {})", run.repeat);
  return printable(title);
}

std::string status_words(const RunSummary& run) {
  if (run.outcome == RunOutcome::interrupted) return "interrupted";
  if (run.outcome == RunOutcome::environment) {
    const char* what = run.counts.attempted + run.counts.effects > 0 ? "not judged: " : "not run: ";
    return printable(what + run.trouble.substr(0, run.trouble.find('\n')));
  }
  const std::string verdict(to_string(run.verdict));
  if (!run.expected) return verdict;
  if (run.as_expected) return run.verdict == Verdict::pass ? verdict : verdict + ", as expected";
  if (run.verdict != *run.expected) return fmt::format("{}, but {} was expected", verdict, to_string(*run.expected));
  return printable(fmt::format("{}, but with other anomalies than expected ({})", verdict,
                               run.expected_anomalies.empty() ? "none" : join(run.expected_anomalies, ", ")));
}

std::vector<std::string> trouble_details(const RunSummary& run) {
  std::vector<std::string> lines = split(run.trouble, '\n');
  lines.erase(lines.begin());
  for (std::string& line : lines) line = printable(line);
  return lines;
}

std::vector<std::pair<std::string, std::uint64_t>> anomaly_kinds(const RunSummary& run) {
  std::map<std::string, std::uint64_t> totals;
  for (const InvariantResult& invariant : run.invariants) {
    std::map<std::string, std::uint64_t> kept;
    for (const Anomaly& anomaly : invariant.anomalies) ++kept[anomaly.kind];
    if (kept.size() == 1) kept.begin()->second = std::max(kept.begin()->second, invariant.anomalies_total);
    for (const auto& [kind, number] : kept) totals[kind] = std::max(totals[kind], number);
  }
  for (const auto& [kind, number] : counted_kinds(run.counts)) {
    if (const auto found = totals.find(std::string(kind)); found != totals.end() && number > 0) found->second = number;
  }
  std::vector<std::pair<std::string, std::uint64_t>> sorted;
  for (const auto& [kind, number] : totals) sorted.emplace_back(printable(kind), number);
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

std::string anomaly_words(const RunSummary& run) {
  std::vector<std::string> parts;
  for (const auto& [kind, number] : anomaly_kinds(run)) parts.push_back(fmt::format("{} {}", kind, number));
  return join(parts, ", ");
}

std::string count_words(const Counts& counts) {
  std::string words = fmt::format("{} attempted, {} effects", counts.attempted, counts.effects);
  if (counts.recovered > 0) words += fmt::format(", {} recovered", counts.recovered);
  for (const auto& [kind, number] : counted_kinds(counts)) {
    if (number > 0) words += fmt::format(", {} {}", number, kind);
  }
  return words;
}

std::string anomaly_sentence(const Anomaly& anomaly) {
  std::string words = anomaly.kind;
  if (!anomaly.id.empty()) words += " " + anomaly.id;
  const bool has_seq = anomaly.seq != EventView::kNoSeq;
  if (!anomaly.key.empty() && has_seq) {
    words += fmt::format(" ({} #{})", anomaly.key, anomaly.seq);
  } else if (!anomaly.key.empty()) {
    words += fmt::format(" ({})", anomaly.key);
  } else if (has_seq) {
    words += fmt::format(" (#{})", anomaly.seq);
  }
  if (!anomaly.process.empty()) words += " by " + anomaly.process;
  words += " at " + human_duration(anomaly.t);
  if (!anomaly.fault.empty()) words += ", fault " + anomaly.fault;
  if (!anomaly.detail.empty()) words += ": " + anomaly.detail;
  return printable(words);
}

std::vector<std::string> unknown_causes(const RunSummary& run) {
  std::vector<std::string> causes;
  const auto add = [&](const std::string& cause) {
    std::string words = printable(cause);
    if (!words.empty() && std::find(causes.begin(), causes.end(), words) == causes.end()) {
      causes.push_back(std::move(words));
    }
  };
  for (const std::string& cause : run.unknown_because) add(cause);
  for (const InvariantResult& invariant : run.invariants) {
    if (invariant.verdict == Verdict::unknown && !invariant.unknown_because.empty()) {
      add(invariant.name + ": " + invariant.unknown_because);
    }
  }
  return causes;
}

std::string_view trouble_words(const CampaignSummary& campaign) {
  const bool expected = std::any_of(campaign.runs.begin(), campaign.runs.end(),
                                    [](const RunSummary& run) { return run.expected.has_value(); });
  return expected ? "not as expected" : "needs attention";
}

std::string json_text(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : printable(bytes)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

Tally tally(const CampaignSummary& campaign) {
  Tally result;
  result.total = campaign.runs.size();
  for (const RunSummary& run : campaign.runs) {
    if (run.outcome != RunOutcome::completed) {
      ++result.not_run;
      continue;
    }
    switch (run.effective()) {
      case Verdict::pass: ++result.pass; break;
      case Verdict::fail: ++result.fail; break;
      case Verdict::unknown: ++result.unknown; break;
    }
    if (run.effective() == Verdict::pass && run.verdict != Verdict::pass) ++result.expected_failures;
  }
  return result;
}

std::string tally_words(const Tally& tally) {
  std::vector<std::string> parts;
  if (tally.pass > 0) {
    parts.push_back(fmt::format("{} pass", tally.pass));
    if (tally.expected_failures > 0) {
      parts.back() += fmt::format(" ({} of them by failing as expected)", tally.expected_failures);
    }
  }
  if (tally.fail > 0) parts.push_back(fmt::format("{} fail", tally.fail));
  if (tally.unknown > 0) parts.push_back(fmt::format("{} unknown", tally.unknown));
  if (tally.not_run > 0) parts.push_back(fmt::format("{} not run", tally.not_run));
  return fmt::format("{} {}: {}", tally.total, tally.total == 1 ? "run" : "runs",
                     parts.empty() ? "nothing to judge" : join(parts, ", "));
}

}  // namespace stormproof
