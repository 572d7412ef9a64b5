/// What was measured so far, one JSON object a line, so that an interrupted campaign goes on where it was.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "tests/calibration/campaign.h"
#include "tests/calibration/exploration.h"

namespace stormproof::calibration {

/// Keys say all that a measurement depends on: "explore/finish_on_receipt explore/guided/7".
class Ledger {
 public:
  /// Reads what is there; a torn last line is left out. Without a name nothing is kept.
  explicit Ledger(std::filesystem::path file = {});

  /// Kept at once. Any thread.
  void add(const std::string& key, const Runs& runs);
  void add(const std::string& key, const Explored& explored);

  /// nullptr when it was not measured yet.
  const Runs* runs(const std::string& key) const;
  const Explored* explored(const std::string& key) const;

 private:
  void append(const std::string& line);

  std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::map<std::string, Runs> runs_;
  std::map<std::string, Explored> explored_;
};

}  // namespace stormproof::calibration
