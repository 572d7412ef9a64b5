/// Collects what was measured and prints it: medians with [min-max], ratios inside a round, bars.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/bench/proxy/rows.h"

namespace stormproof::bench {

/// Everything measured for one row in one setting.
class Table {
 public:
  void add(const std::string& peer, int round, Values values);
  void add_trouble(const std::string& peer, const std::string& why);
  void print(const Row& row) const;

 private:
  using Series = std::map<int, Values>;  ///< by round

  std::vector<double> values(const std::string& peer, std::string_view key) const;
  std::vector<double> ratios(const std::string& peer, const std::string& against, std::string_view key) const;
  void print_bar(const Row& row, const Bar& bar) const;

  std::map<std::string, Series> series_;
  std::map<std::string, std::string> troubles_;
};

}  // namespace stormproof::bench
