/// check --diff A B: what is new in the second verdict, what is cured since the first.
#pragma once

#include <string>
#include <vector>

#include "harness/base/exit_code.h"
#include "harness/model/run_summary.h"

namespace stormproof {

struct AnomalyRef {
  std::string invariant;
  Anomaly anomaly;
};

struct VerdictDiff {
  Verdict before = Verdict::unknown;
  Verdict after = Verdict::unknown;
  std::vector<AnomalyRef> fresh;  ///< in the second only
  std::vector<AnomalyRef> cured;  ///< in the first only
  std::size_t kept = 0;           ///< in both
  /// More anomalies than a verdict lists: those beyond are compared by number only. "exactly_once: 250 -> 310".
  std::vector<std::string> beyond;
  bool more_beyond = false;  ///< one of those numbers grew

  /// fail: an anomaly is new, there are more of a kind than the lists hold, or the second fails and the first did not;
  /// unknown: none of that, but the second is unknown and the first was not; else pass.
  ExitCode exit_code() const;
};

/// Anomalies are the same when invariant, kind, id, key, sequence and process are; times and sentences may differ.
VerdictDiff diff_verdicts(const RunSummary& before, const RunSummary& after);

std::string diff_text(const VerdictDiff& diff);
/// One object on one line: before, after, new, cured, kept.
std::string diff_json(const VerdictDiff& diff);

}  // namespace stormproof
