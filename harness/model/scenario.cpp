#include "harness/model/scenario.h"

#include <algorithm>

namespace stormproof {

std::string cell_name(const Cell& cell) {
  std::string name;
  for (const auto& [key, value] : cell) {
    if (!name.empty()) name += ',';
    name += key + '=' + value;
  }
  return name;
}

const TargetSpec* Scenario::find_target(const std::string& wanted) const {
  const auto found =
      std::find_if(targets.begin(), targets.end(), [&](const TargetSpec& t) { return t.name == wanted; });
  return found == targets.end() ? nullptr : &*found;
}

const ExpectSpec* Scenario::expectation() const {
  const auto matches = [&](const ExpectSpec& expect) {
    return std::all_of(expect.match.begin(), expect.match.end(),
                       [&](const auto& pair) { return std::find(cell.begin(), cell.end(), pair) != cell.end(); });
  };
  const auto found = std::find_if(expects.rbegin(), expects.rend(), matches);
  return found == expects.rend() ? nullptr : &*found;
}

}  // namespace stormproof
