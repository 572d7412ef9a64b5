/// What an invariant collects: every anomaly counted, the first of each kind kept.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/model/verdict.h"

namespace stormproof {

class Findings {
 public:
  /// Counts one; `make` is called only while there is room for another of its kind.
  void add(const std::string& kind, const std::function<Anomaly()>& make);
  /// Counts more of them without keeping any.
  void count(std::uint64_t more) { total_ += more; }
  std::uint64_t total() const { return total_; }
  /// Moves everything into a result: `fail` when there is an anomaly, else `unknown` when `unknown_because` says so.
  InvariantResult result(std::string name, std::string unknown_because = {});

 private:
  std::map<std::string, std::vector<Anomaly>> kept_;
  std::uint64_t total_ = 0;
};

/// Several results as one: the merged verdict, anomalies of each kind in fair shares, in the order of time.
InvariantResult merge_results(std::string name, std::vector<InvariantResult> parts);

}  // namespace stormproof
