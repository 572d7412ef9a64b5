#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/base/text.h"
#include "reports/score.h"

namespace stormproof {
namespace {

using Json = nlohmann::ordered_json;

Json cell_json(const ScoreCell& cell) {
  return {{"phase", valid_utf8(cell.phase)},
          {"fault", valid_utf8(cell.fault)},
          {"invariant", valid_utf8(cell.invariant)},
          {"state", to_string(cell.state)},
          {"runs", cell.runs}};
}

Json cells_json(const std::vector<ScoreCell>& cells) {
  Json list = Json::array();
  for (const ScoreCell& cell : cells) list.push_back(cell_json(cell));
  return list;
}

std::optional<ScoreCell> cell_from(const Json& item) {
  ScoreCell cell;
  for (const auto& [key, place] :
       {std::pair("phase", &cell.phase), std::pair("fault", &cell.fault), std::pair("invariant", &cell.invariant)}) {
    if (!item.is_object() || !item.contains(key) || !item[key].is_string()) return std::nullopt;
    *place = item[key].get<std::string>();
  }
  using State = ScoreCell::State;
  for (const State state : {State::pass, State::fail, State::unknown, State::not_exercised}) {
    if (item.contains("state") && item["state"] == to_string(state)) {
      cell.state = state;
      if (item.contains("runs") && item["runs"].is_number_unsigned()) cell.runs = item["runs"].get<std::uint64_t>();
      return cell;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string score_json(const std::vector<ScoreCell>& cells) {
  const ScoreTotals sums = totals(cells);
  const Json value = {
      {"schema", 1},
      {"points", std::round(sums.points * 10) / 10},
      {"totals",
       {{"pass", sums.pass}, {"fail", sums.fail}, {"unknown", sums.unknown}, {"not exercised", sums.not_exercised}}},
      {"cells", cells_json(cells)}};
  return value.dump();
}

Result<std::vector<ScoreCell>> score_from_json(std::string_view text) {
  constexpr const char* kHint = "give a file that `stormproof report --save-baseline` wrote";
  const Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return usage_error("the baseline is not JSON, or is cut off", kHint);
  if (!value.is_object() || !value.contains("schema") || value["schema"] != 1) {
    return usage_error("the baseline is not of schema 1", kHint);
  }
  if (!value.contains("cells") || !value["cells"].is_array()) return usage_error("the baseline has no cells", kHint);
  std::vector<ScoreCell> cells;
  for (const Json& item : value["cells"]) {
    auto cell = cell_from(item);
    if (!cell) return usage_error("cells[" + std::to_string(cells.size()) + "] of the baseline is not a cell", kHint);
    cells.push_back(*std::move(cell));
  }
  return cells;
}

std::string change_json(const ScoreChange& change) {
  const Json value = {{"regressed", change.regressed()},
                      {"new_failures", cells_json(change.new_failures)},
                      {"newly_unexercised", cells_json(change.newly_unexercised)},
                      {"fixed", cells_json(change.fixed)},
                      {"newly_exercised", cells_json(change.newly_exercised)}};
  return value.dump();
}

}  // namespace stormproof
