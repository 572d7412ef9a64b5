/// A scenario file as typed values, or as the list of everything that is wrong with it. Nothing is started, nothing but
/// the file is read. Try it alone with `stormproof validate FILE`.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harness/api/kind_info.h"
#include "harness/model/scenario.h"
#include "harness/scenario/diagnostic.h"

namespace stormproof {

struct ReadOptions {
  /// --set k=v: replaces a [params] value. For a key of [matrix] it replaces the list of values by this one.
  std::vector<std::pair<std::string, std::string>> set;
  /// --only k=v: keeps the cells of [matrix] where key k has value v. Several values of one key add up.
  std::vector<std::pair<std::string, std::string>> only;
};

struct ScenarioFile {
  std::string path;  ///< as given
  std::string text;
  std::vector<Scenario> cells;  ///< one for each combination of the matrix, the last key varying fastest
  std::vector<Diagnostic> diagnostics;
  /// With diagnostics, `cells` is empty or not to be used.
  bool ok() const { return diagnostics.empty(); }
};

constexpr std::size_t kScenarioBytesMax = std::size_t{1} << 20U;
constexpr std::size_t kCellsMax = 10000;

/// Never throws; a file that is missing, a directory, binary or too large is a diagnostic.
ScenarioFile read_scenario_file(const std::filesystem::path& path, const Kinds& kinds, const ReadOptions& options);
/// `path` is used in messages and to derive nothing else.
ScenarioFile read_scenario_text(std::string path, std::string text, const Kinds& kinds, const ReadOptions& options);

}  // namespace stormproof
