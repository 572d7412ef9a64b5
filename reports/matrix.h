/// The runs of a campaign as tables: rows are scenarios, columns are cells. Scenarios with the same matrix keys share
/// a table; those without a matrix share one with a single column.
#pragma once

#include <string>
#include <vector>

#include "harness/model/run_summary.h"

namespace stormproof {

/// What stands where a row meets a column; several runs with --repeat.
struct MatrixEntry {
  std::vector<const RunSummary*> runs;  ///< owned by the campaign; empty: this scenario has no such cell
  Verdict mark = Verdict::pass;         ///< the worst of them
  bool trouble = false;                 ///< one of them is_trouble()
  bool mixed = false;                   ///< they do not agree
};

struct MatrixRow {
  std::string scenario;
  std::vector<MatrixEntry> entries;  ///< one for each column
};

struct Matrix {
  std::vector<std::string> axes;     ///< names of the matrix keys; empty: no matrix
  std::vector<std::string> columns;  ///< "naive" with one axis, "level=naive,mode=x" with more, "result" with none
  std::vector<MatrixRow> rows;
};

/// In order of first appearance; pointers into `campaign`.
std::vector<Matrix> matrices(const CampaignSummary& campaign);

}  // namespace stormproof
