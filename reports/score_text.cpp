#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.h"
#include "reports/console_text.h"
#include "reports/score.h"

namespace stormproof {
namespace {

/// "before-send" on two lines of a head: "before", "send".
std::pair<std::string, std::string> two_lines(const std::string& phase) {
  const auto dash = phase.find('-');
  if (dash == std::string::npos) return {"", phase};
  return {phase.substr(0, dash), phase.substr(dash + 1)};
}

std::string place_words(const ScoreCell& cell) {
  return printable(fmt::format("{} after {} in {}", cell.invariant, cell.fault, cell.phase));
}

void add(std::vector<std::string>& lines, const char* what, const std::vector<ScoreCell>& cells) {
  for (const ScoreCell& cell : cells) {
    std::string line = fmt::format("{}: {}", what, place_words(cell));
    if (cell.state == ScoreCell::State::unknown) line += " (tried, not judged)";
    lines.push_back(std::move(line));
  }
}

}  // namespace

std::string totals_words(const std::vector<ScoreCell>& cells) {
  const ScoreTotals sums = totals(cells);
  return fmt::format("score {:.1f} of 100: {} {} pass, {} fail, {} unknown, {} not exercised", sums.points, sums.pass,
                     sums.pass == 1 ? "cell" : "cells", sums.fail, sums.unknown, sums.not_exercised);
}

std::vector<std::string> score_lines(const std::vector<ScoreCell>& cells) {
  std::vector<std::string> lines;
  for (const ScoreTable& table : score_tables(cells)) {
    std::size_t first = columns_of(table.invariant);
    for (const auto& [fault, states] : table.rows) first = std::max(first, columns_of(printable(fault)));
    std::string upper(first, ' '), lower = pad(table.invariant, first);
    std::vector<std::size_t> widths;
    for (const std::string& phase : table.phases) {
      const auto [above, below] = two_lines(phase);
      widths.push_back(std::max(above.size(), below.size()));
      upper += "  " + pad(above, widths.back());
      lower += "  " + pad(below, widths.back());
    }
    upper.erase(upper.find_last_not_of(' ') + 1);
    lower.erase(lower.find_last_not_of(' ') + 1);
    lines.push_back(upper);
    lines.push_back(lower);
    for (const auto& [fault, states] : table.rows) {
      std::string line = pad(printable(fault), first);
      for (std::size_t i = 0; i < states.size(); ++i) {
        line += "  " + pad(std::string(symbol(states[i])), i + 1 < states.size() ? widths[i] : 1);
      }
      lines.push_back(std::move(line));
    }
    lines.emplace_back();
  }
  lines.emplace_back("✓ pass  ✗ fail  ? unknown  · not exercised");
  lines.push_back(totals_words(cells));
  return lines;
}

std::vector<std::string> change_lines(const ScoreChange& change) {
  std::vector<std::string> lines;
  add(lines, "new failure", change.new_failures);
  add(lines, "newly unexercised", change.newly_unexercised);
  add(lines, "fixed", change.fixed);
  add(lines, "newly exercised", change.newly_exercised);
  const std::size_t worse = change.new_failures.size() + change.newly_unexercised.size();
  lines.push_back(fmt::format("{} {} against the baseline", worse == 0 ? "no" : std::to_string(worse),
                              worse == 1 ? "regression" : "regressions"));
  return lines;
}

}  // namespace stormproof
