/// [params], [matrix], --set, --only and [[expect]]: which cells there are and what each means. Internal to
/// harness/scenario.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/scenario/raw_value.h"
#include "harness/scenario/scenario_parser.h"
#include "harness/scenario/scenario_reader.h"

namespace stormproof {

struct MatrixPlan {
  std::map<std::string, std::string> params;  ///< with --set, before the matrix
  std::map<std::string, SourceRange> where;   ///< of each param
  Matrix written;                             ///< as in the file: what [[expect]] may name
  Matrix matrix;                              ///< with --set
  std::vector<Cell> cells;                    ///< with --only; one empty cell when there is no matrix
};

/// Mistakes go to `sink`; what is returned is usable as far as it goes.
MatrixPlan plan_matrix(const RawValue& root, const ReadOptions& options, DiagnosticSink& sink);

/// The tree with every {params.X} and {here} replaced; [params], [matrix] and [[expect]] are kept as they are. `here`:
/// the directory of the scenario file.
RawValue expand_params(const RawValue& root, const std::map<std::string, std::string>& params, const std::string& here,
                       DiagnosticSink& sink);

}  // namespace stormproof
