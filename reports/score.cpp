#include "reports/score.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/history/history_reader.h"

namespace stormproof {
namespace {

/// Anomaly::fault: "kill, latency" in force, or "kill (healed 12ms before)".
std::vector<std::string> faults_named(const std::string& text) {
  std::vector<std::string> names;
  for (std::string name : split(text.substr(0, text.find(" (")), ',')) {
    name.erase(0, name.find_first_not_of(' '));
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

bool is_of_message(OperationPhase phase) { return phase < OperationPhase::idle; }

bool counts(const RunSummary& run) {
  const bool meant = run.expected && *run.expected != Verdict::pass;
  return run.outcome == RunOutcome::completed && !meant;
}

template <class List>
void add_once(List& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

}  // namespace

std::string_view to_string(ScoreCell::State state) {
  switch (state) {
    case ScoreCell::State::pass: return "pass";
    case ScoreCell::State::fail: return "fail";
    case ScoreCell::State::unknown: return "unknown";
    case ScoreCell::State::not_exercised: return "not exercised";
  }
  return "unknown";
}

std::string_view symbol(ScoreCell::State state) {
  switch (state) {
    case ScoreCell::State::pass: return "✓";
    case ScoreCell::State::fail: return "✗";
    case ScoreCell::State::unknown: return "?";
    case ScoreCell::State::not_exercised: return "·";
  }
  return "?";
}

std::set<std::pair<OperationPhase, std::string>> ScoreBuilder::charged(const OperationPhases& phases,
                                                                       const InvariantResult& invariant) const {
  std::set<std::pair<OperationPhase, std::string>> charged;
  for (const Anomaly& anomaly : invariant.anomalies) {
    const std::vector<std::string> named = faults_named(anomaly.fault);
    for (std::size_t i = 0; i < phases.strikes().size(); ++i) {
      const Strike& strike = phases.strikes()[i];
      if (!named.empty() && std::find(named.begin(), named.end(), strike.fault) == named.end()) continue;
      const auto stood = phases.phase_of(anomaly.id, i);
      for (std::size_t p = 0; p < kOperationPhases; ++p) {
        const auto phase = static_cast<OperationPhase>(p);
        const bool here = is_of_message(phase) && stood ? phase == *stood : strike.has_met(phase);
        if (here) charged.emplace(phase, strike.kind);
      }
    }
  }
  return charged;
}

void ScoreBuilder::judge(const RunSummary& run, const OperationPhases& phases, const InvariantResult& invariant) {
  std::set<std::pair<OperationPhase, std::string>> met;
  for (const Strike& strike : phases.strikes()) {
    for (std::size_t p = 0; p < kOperationPhases; ++p) {
      const auto phase = static_cast<OperationPhase>(p);
      if (strike.has_met(phase)) met.emplace(phase, strike.kind);
    }
  }
  const auto guilty = charged(phases, invariant);
  met.insert(guilty.begin(), guilty.end());
  // Of violations that were not kept nobody knows whom to charge: what is not charged then is no proof either.
  const bool all_kept = invariant.anomalies_total <= invariant.anomalies.size();
  const bool proven = run.verdict != Verdict::unknown &&
                      (invariant.verdict == Verdict::pass || (invariant.verdict == Verdict::fail && all_kept));
  for (const auto& place : met) {
    Tally& tally = tallies_[{place.first, place.second, invariant.name}];
    ++tally.runs;
    if (guilty.contains(place)) {
      ++tally.failed;
    } else if (proven) {
      ++tally.passed;
    }
  }
}

void ScoreBuilder::add(const RunSummary& run, const OperationPhases& phases) {
  if (!counts(run)) return;
  pushed_ = pushed_ || phases.pushed();
  for (const FaultSummary& fault : run.faults) kinds_.insert(fault.kind);
  for (const Strike& strike : phases.strikes()) kinds_.insert(strike.kind);
  for (const InvariantResult& invariant : run.invariants) {
    add_once(invariants_, invariant.name);
    judge(run, phases, invariant);
  }
}

std::vector<ScoreCell> ScoreBuilder::cells() const {
  std::vector<ScoreCell> cells;
  for (const std::string& invariant : invariants_) {
    for (const std::string& kind : kinds_) {
      for (std::size_t p = 0; p < kOperationPhases; ++p) {
        const auto phase = static_cast<OperationPhase>(p);
        const bool needs_a_sender = phase == OperationPhase::sent_unacked || phase == OperationPhase::stored_unacked;
        if (needs_a_sender && !pushed_) continue;
        ScoreCell cell{std::string(to_string(phase)), kind, invariant, ScoreCell::State::not_exercised, 0};
        if (const auto found = tallies_.find({phase, kind, invariant}); found != tallies_.end()) {
          const Tally& tally = found->second;
          cell.runs = tally.runs;
          cell.state = tally.failed > 0   ? ScoreCell::State::fail
                       : tally.passed > 0 ? ScoreCell::State::pass
                                          : ScoreCell::State::unknown;
        }
        cells.push_back(std::move(cell));
      }
    }
  }
  return cells;
}

std::vector<ScoreCell> score_of(const CampaignSummary& campaign) {
  ScoreBuilder builder;
  for (const RunSummary& run : campaign.runs) {
    if (!counts(run)) continue;
    OperationPhases phases;
    for (const InvariantResult& invariant : run.invariants) {
      for (const Anomaly& anomaly : invariant.anomalies) {
        if (!anomaly.id.empty()) phases.watch(anomaly.id);
      }
    }
    const auto read =
        read_history(run.run_dir / "history.bin", [&](const EventView& event) { phases.on_event(event); });
    if (!read) continue;
    phases.finish();
    builder.add(run, phases);
  }
  return builder.cells();
}

ScoreTotals totals(const std::vector<ScoreCell>& cells) {
  static constexpr std::string_view kExact[] = {"exactly_once", "no_loss",      "no_duplicates", "no_phantoms",
                                                "integrity",    "at_most_once", "at_least_once"};
  ScoreTotals totals;
  double sum = 0, won = 0;
  for (const ScoreCell& cell : cells) {
    const auto phase = operation_phase_from(cell.phase);
    double weight = 1;
    if (phase && *phase >= OperationPhase::recovery) weight = 2;
    if (phase && *phase >= OperationPhase::sent_unacked && *phase <= OperationPhase::stored_unacked) weight = 3;
    if (std::find(std::begin(kExact), std::end(kExact), cell.invariant) != std::end(kExact)) weight *= 3;
    sum += weight;
    switch (cell.state) {
      case ScoreCell::State::pass:
        ++totals.pass;
        won += weight;
        break;
      case ScoreCell::State::fail: ++totals.fail; break;
      case ScoreCell::State::unknown: ++totals.unknown; break;
      case ScoreCell::State::not_exercised: ++totals.not_exercised; break;
    }
  }
  totals.points = sum > 0 ? 100 * won / sum : 0;
  return totals;
}

ScoreChange compare(const std::vector<ScoreCell>& baseline, const std::vector<ScoreCell>& now) {
  using State = ScoreCell::State;
  const auto place = [](const ScoreCell& cell) { return std::tie(cell.phase, cell.fault, cell.invariant); };
  const auto state_in = [&](const std::vector<ScoreCell>& cells, const ScoreCell& wanted) {
    const auto found =
        std::find_if(cells.begin(), cells.end(), [&](const ScoreCell& cell) { return place(cell) == place(wanted); });
    return found == cells.end() ? State::not_exercised : found->state;
  };
  ScoreChange change;
  for (const ScoreCell& cell : now) {
    const State then = state_in(baseline, cell);
    const bool judged_then = then == State::pass || then == State::fail;
    if (cell.state == State::fail && then != State::fail) change.new_failures.push_back(cell);
    if (cell.state == State::pass && then == State::fail) change.fixed.push_back(cell);
    if (cell.state == State::pass && !judged_then) change.newly_exercised.push_back(cell);
  }
  for (const ScoreCell& before : baseline) {
    const State state = state_in(now, before);
    const bool judged_now = state == State::pass || state == State::fail;
    if (judged_now || (before.state != State::pass && before.state != State::fail)) continue;
    ScoreCell cell = before;
    cell.state = state;
    change.newly_unexercised.push_back(std::move(cell));
  }
  return change;
}

std::vector<ScoreTable> score_tables(const std::vector<ScoreCell>& cells) {
  std::vector<ScoreTable> tables;
  for (const ScoreCell& cell : cells) {
    if (tables.empty() || tables.back().invariant != cell.invariant) tables.push_back({cell.invariant, {}, {}});
    ScoreTable& table = tables.back();
    if (table.rows.empty() || table.rows.back().first != cell.fault) table.rows.emplace_back(cell.fault, 0);
    if (table.rows.size() == 1) table.phases.push_back(cell.phase);
    table.rows.back().second.push_back(cell.state);
  }
  return tables;
}

}  // namespace stormproof
