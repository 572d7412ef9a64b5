#include "tests/bench/proxy/table.h"

#include <fmt/core.h>

#include <algorithm>

namespace stormproof::bench {
namespace {

double median(const std::vector<double>& sorted) {
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/// "1.23 [1.10-1.40]"
std::string spread(const std::vector<double>& sorted, int digits) {
  if (sorted.empty()) return "-";
  return fmt::format("{:.{}f} [{:.{}f}-{:.{}f}]", median(sorted), digits, sorted.front(), digits, sorted.back(),
                     digits);
}

std::string_view title_of(const Row& row, std::string_view key) {
  for (const Column& column : row.columns) {
    if (column.key == key) return column.title;
  }
  return key;
}

}  // namespace

void Table::add(const std::string& peer, int round, Values values, double others) {
  series_[peer][round] = std::move(values);
  others_[{peer, round}] = others;
}

void Table::add_trouble(const std::string& peer, const std::string& why) { troubles_[peer] = why; }

std::vector<double> Table::values(const std::string& peer, std::string_view key) const {
  std::vector<double> all;
  const auto found = series_.find(peer);
  if (found == series_.end()) return all;
  for (const auto& [round, values] : found->second) all.push_back(values.at(key));
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<double> Table::ratios(const std::string& peer, const std::string& against, std::string_view key) const {
  std::vector<double> all;
  const auto ours = series_.find(peer);
  const auto theirs = series_.find(against);
  if (ours == series_.end() || theirs == series_.end()) return all;
  for (const auto& [round, values] : ours->second) {
    const auto same_round = theirs->second.find(round);
    if (same_round != theirs->second.end()) all.push_back(values.at(key) / same_round->second.at(key));
  }
  std::sort(all.begin(), all.end());
  return all;
}

void Table::print_bar(const Row& row, const Bar& bar) const {
  const std::string against(bar.against);
  const auto measured = against.empty() ? values("stormproof", bar.key) : ratios("stormproof", against, bar.key);
  if (measured.empty()) return;
  const bool at_most = bar.must == Bar::Must::be_at_most;
  // "Earliest" is no median: one early byte is one too many.
  const double value = bar.key == "earliest" ? measured.front() : median(measured);
  const bool met = at_most ? value <= bar.bound : value >= bar.bound;
  fmt::print("    {:<24} {:<14} {:<24} bar {} {:<5g} {}\n", title_of(row, bar.key),
             against.empty() ? "" : "/ " + against, spread(measured, 2), at_most ? "<=" : ">=", bar.bound,
             met ? "met" : "NOT MET");
}

std::string Table::disturbance() const {
  std::vector<double> percent;
  for (const auto& [place, share] : others_) percent.push_back(share * 100);
  std::sort(percent.begin(), percent.end());
  return spread(percent, 0);
}

void Table::print(const Row& row) const {
  fmt::print("\n{}: {}\n  others used {} % of the machine\n  {:<12}", row.name, row.title, disturbance(), "");
  for (const Column& column : row.columns) fmt::print(" {:<26}", column.title);
  fmt::print("\n");
  for (const Peer& peer : peers()) {
    const std::string name(peer.name);
    if (series_.count(name) != 0) {
      fmt::print("  {:<12}", name);
      for (const Column& column : row.columns) fmt::print(" {:<26}", spread(values(name, column.key), column.digits));
      fmt::print("\n");
    }
    if (troubles_.count(name) != 0) fmt::print("  {:<12} failed: {}\n", name, troubles_.at(name));
  }
  for (const Bar& bar : row.bars) print_bar(row, bar);
}

}  // namespace stormproof::bench
