#include "harness/cli/report_score.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "reports/score.h"

namespace stormproof {
namespace {

/// {"a":1} as {"event":"score","a":1}.
std::string as_event(const char* event, const std::string& object) {
  return fmt::format("{{\"event\":\"{}\",{}", event, object.substr(1));
}

}  // namespace

Result<std::vector<ScoreCell>> read_baseline(const std::string& path) {
  if (path.empty()) return std::vector<ScoreCell>{};
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return usage_error(fmt::format("cannot read the baseline {}", path),
                       fmt::format("write one with `stormproof report RUN --save-baseline {}`", path));
  }
  auto cells = score_from_json(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!cells) return usage_error(fmt::format("{}: {}", path, cells.error().message), cells.error().hint);
  return cells;
}

void print_score(const ReportArgs& args, const std::vector<ScoreCell>& score, const std::vector<ScoreCell>& baseline) {
  const ScoreChange change = compare(baseline, score);
  if (args.json) {
    std::cout << as_event("score", score_json(score)) << '\n';
    if (!args.compare.empty()) std::cout << as_event("compare", change_json(change)) << '\n';
    return;
  }
  std::cout << '\n';
  for (const std::string& line : score_lines(score)) std::cout << line << '\n';
  if (args.compare.empty()) return;
  for (const std::string& line : change_lines(change)) std::cout << line << '\n';
}

Status save_baseline(const ReportArgs& args, const std::vector<ScoreCell>& score) {
  if (args.save_baseline.empty()) return {};
  std::ofstream out(args.save_baseline, std::ios::binary);
  out << score_json(score) << '\n';
  out.close();
  if (!out) {
    return environment_error(fmt::format("cannot write {}", args.save_baseline), "check its directory and its rights");
  }
  return {};
}

}  // namespace stormproof
