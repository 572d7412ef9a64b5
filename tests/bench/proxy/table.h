/// Collects what was measured and prints it: medians with [min-max], ratios inside a round, bars.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/proxy/rows.h"

namespace stormproof::bench {

/// Everything measured for one row in one setting.
class Table {
 public:
  /// `others`: part of the machine that somebody else used meanwhile. Takes the place of an earlier one of the round.
  void add(const std::string& peer, int round, Values values, double others);
  void add_trouble(const std::string& peer, const std::string& why);
  void print(const Row& row) const;

 private:
  using Series = std::map<int, Values>;  ///< by round

  std::vector<double> values(const std::string& peer, std::string_view key) const;
  std::vector<double> ratios(const std::string& peer, const std::string& against, std::string_view key) const;
  std::string disturbance() const;
  void print_bar(const Row& row, const Bar& bar) const;

  std::map<std::string, Series> series_;
  std::map<std::string, std::string> troubles_;
  std::map<std::pair<std::string, int>, double> others_;  ///< by peer and round
};

}  // namespace stormproof::bench
