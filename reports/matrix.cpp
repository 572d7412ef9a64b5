#include "reports/matrix.h"

#include <algorithm>

#include "harness/base/text.h"
#include "reports/words.h"

namespace stormproof {
namespace {

template <class List, class Same>
std::size_t find_or_add(List& list, Same same, typename List::value_type fresh) {
  const auto found = std::find_if(list.begin(), list.end(), same);
  if (found != list.end()) return static_cast<std::size_t>(found - list.begin());
  list.push_back(std::move(fresh));
  return list.size() - 1;
}

std::string column_name(const Cell& cell) {
  if (cell.empty()) return "result";
  return printable(cell.size() == 1 ? cell.front().second : cell_name(cell));
}

void add(MatrixEntry& entry, const RunSummary& run) {
  const Verdict verdict = mark(run);
  if (!entry.runs.empty() && verdict != mark(*entry.runs.front())) entry.mixed = true;
  entry.mark = entry.runs.empty() ? verdict : merge(entry.mark, verdict);
  entry.trouble = entry.trouble || is_trouble(run);
  entry.runs.push_back(&run);
}

}  // namespace

std::vector<Matrix> matrices(const CampaignSummary& campaign) {
  std::vector<Matrix> tables;
  for (const RunSummary& run : campaign.runs) {
    std::vector<std::string> axes;
    for (const auto& [key, value] : run.cell) axes.push_back(printable(key));
    const std::size_t table = find_or_add(
        tables, [&](const Matrix& m) { return m.axes == axes; }, Matrix{axes, {}, {}});
    Matrix& matrix = tables[table];
    const std::string name = column_name(run.cell);
    const std::size_t column = find_or_add(
        matrix.columns, [&](const std::string& c) { return c == name; }, name);
    const std::string scenario = printable(run.scenario);
    const std::size_t row = find_or_add(
        matrix.rows, [&](const MatrixRow& r) { return r.scenario == scenario; }, MatrixRow{scenario, {}});
    std::vector<MatrixEntry>& entries = matrix.rows[row].entries;
    if (entries.size() <= column) entries.resize(column + 1);
    add(entries[column], run);
  }
  for (Matrix& matrix : tables) {
    for (MatrixRow& row : matrix.rows) row.entries.resize(matrix.columns.size());
  }
  return tables;
}

}  // namespace stormproof
