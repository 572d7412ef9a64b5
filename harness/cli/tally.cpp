#include "harness/cli/tally.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace stormproof {

namespace {

struct Row {
  std::string file, scenario, cell;
  int runs = 0, failed = 0, passed = 0;
  std::optional<FoundSpec> origin;

  bool cured() const { return origin && origin->reproduced > 0 && runs > 0 && passed == runs; }
};

std::vector<Row> rows_of(const std::vector<PlannedRun>& planned, const CampaignSummary& campaign) {
  std::vector<Row> rows;
  const auto row = [&](const std::string& file, const std::string& scenario, const Cell& cell) -> Row& {
    const std::string name = cell_name(cell);
    const auto known = std::find_if(rows.begin(), rows.end(), [&](const Row& r) {
      return r.file == file && r.scenario == scenario && r.cell == name;
    });
    if (known != rows.end()) return *known;
    rows.push_back({file, scenario, name, 0, 0, 0, {}});
    return rows.back();
  };
  for (const PlannedRun& run : planned) {
    const Scenario& scenario = run.plan.scenario;
    row(scenario.file, scenario.name, scenario.cell).origin = scenario.origin;
  }
  for (const RunSummary& run : campaign.runs) {
    Row& mine = row(run.scenario_file, run.scenario, run.cell);
    ++mine.runs;
    mine.failed += run.outcome == RunOutcome::completed && run.verdict == Verdict::fail ? 1 : 0;
    mine.passed += run.outcome == RunOutcome::completed && run.verdict == Verdict::pass ? 1 : 0;
  }
  return rows;
}

}  // namespace

std::string tally_text(const std::vector<PlannedRun>& planned, const CampaignSummary& campaign) {
  std::string out;
  for (const Row& row : rows_of(planned, campaign)) {
    out += row.scenario + (row.cell.empty() ? "" : ' ' + row.cell);
    out += fmt::format(": fails {} of {}", row.failed, row.runs);
    if (const int others = row.runs - row.failed - row.passed; others > 0) out += fmt::format(", {} unknown", others);
    if (row.cured()) {
      out += fmt::format(": cured, it failed {}/{} when it was found", row.origin->reproduced, row.origin->repeated);
    } else if (row.origin) {
      out += fmt::format(" ({}/{} when it was found)", row.origin->reproduced, row.origin->repeated);
    }
    out += '\n';
  }
  return out;
}

std::string tally_json(const std::vector<PlannedRun>& planned, const CampaignSummary& campaign) {
  std::string out;
  for (const Row& row : rows_of(planned, campaign)) {
    nlohmann::ordered_json line = {{"tally", row.scenario}, {"cell_name", row.cell}, {"runs", row.runs},
                                   {"failed", row.failed},  {"passed", row.passed},  {"cured", row.cured()}};
    if (row.origin) {
      line["found"] = {
          {"anomaly", row.origin->anomaly}, {"reproduced", row.origin->reproduced}, {"repeated", row.origin->repeated}};
    }
    out += line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
  }
  return out;
}

}  // namespace stormproof
