/// The score of a campaign: operation phase × fault kind × invariant, and what of it was proven, refuted or never
/// tried. Runs that failed as their scenario expects are demonstrations of something else and stay out of it.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "harness/base/result.h"
#include "harness/history/operation_phases.h"
#include "harness/model/run_summary.h"

namespace stormproof {

/// "pass", "fail", "unknown", "not exercised".
std::string_view to_string(ScoreCell::State state);
/// ✓ ✗ ? ·
std::string_view symbol(ScoreCell::State state);

/// Gathers runs one by one. A cell fails when one run fails in it, else passes when one passes; unknown is what was
/// tried and never judged. A violation is charged to the fault it names (all that struck, if it names none), to the
/// phase its message was in and to what else went on at that moment.
class ScoreBuilder {
 public:
  /// `phases` has seen the whole history of `run`, with the ids of its violations watched.
  void add(const RunSummary& run, const OperationPhases& phases);
  /// Every phase that the source of some run admits × every kind planned × every invariant judged, in the order of the
  /// phases, then sorted by kind, invariants as they came.
  std::vector<ScoreCell> cells() const;

 private:
  struct Tally {
    std::uint64_t runs = 0, passed = 0, failed = 0;
  };
  using Place = std::tuple<OperationPhase, std::string, std::string>;  // phase, kind, invariant

  void judge(const RunSummary& run, const OperationPhases& phases, const InvariantResult& invariant);
  std::set<std::pair<OperationPhase, std::string>> charged(const OperationPhases& phases,
                                                           const InvariantResult& invariant) const;

  std::map<Place, Tally> tallies_;
  std::set<std::string> kinds_;
  std::vector<std::string> invariants_;
  bool pushed_ = false;  ///< some source sends, so a message can be sent and not acknowledged
};

/// Reads the history of each run. A run without one (not run, or damaged at the start) exercises nothing.
std::vector<ScoreCell> score_of(const CampaignSummary& campaign);

struct ScoreTotals {
  std::size_t pass = 0, fail = 0, unknown = 0, not_exercised = 0;
  double points = 0;  ///< 0 to 100: the weighted share of cells that pass
};
/// Weights: 3 for phases with a message in flight, 2 for recovery, handover and overlap, 1 else; times 3 for
/// exactly_once and its parts, 1 for other invariants.
ScoreTotals totals(const std::vector<ScoreCell>& cells);
/// "score 62.5 of 100: 40 cells pass, 3 fail, 1 unknown, 20 not exercised".
std::string totals_words(const std::vector<ScoreCell>& cells);

/// {"schema":1,"points":…,"totals":{…},"cells":[{"phase","fault","invariant","state","runs"}]}: what --save-baseline
/// writes and --compare reads.
std::string score_json(const std::vector<ScoreCell>& cells);
Result<std::vector<ScoreCell>> score_from_json(std::string_view text);

struct ScoreChange {
  std::vector<ScoreCell> new_failures;       ///< fail now and did not then
  std::vector<ScoreCell> newly_unexercised;  ///< judged then, unknown or not exercised now (or gone)
  std::vector<ScoreCell> fixed;              ///< failed then, pass now
  std::vector<ScoreCell> newly_exercised;    ///< pass now, and nothing was known then
  bool regressed() const { return !new_failures.empty() || !newly_unexercised.empty(); }
};
ScoreChange compare(const std::vector<ScoreCell>& baseline, const std::vector<ScoreCell>& now);

/// A table for each invariant, 80 columns wide at most while kinds have short names, and the totals.
std::vector<std::string> score_lines(const std::vector<ScoreCell>& cells);
/// "new failure: no_loss after kill in received-unstored", ...; "no regressions" when there are none.
std::vector<std::string> change_lines(const ScoreChange& change);
std::string change_json(const ScoreChange& change);

/// The cells as tables, for score_lines and the Markdown summary: one for each invariant, a row for each kind, a column
/// for each phase.
struct ScoreTable {
  std::string invariant;
  std::vector<std::string> phases;
  std::vector<std::pair<std::string, std::vector<ScoreCell::State>>> rows;
};
std::vector<ScoreTable> score_tables(const std::vector<ScoreCell>& cells);

}  // namespace stormproof
