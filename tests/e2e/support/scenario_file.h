/// Scenarios for the end-to-end tests, assembled from parts: one target that applies a dataset to a ledger.
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/temp_dir.h"

namespace stormproof::e2e {

struct Parts {
  std::string top = "timeout = \"30s\"\nsettle = \"2s\"\n";
  int records = 200;
  std::string arguments;  ///< of apply.py, each quoted and followed by a comma
  std::string ready = "{ log = \"ready\" }";
  std::string target;                                        ///< more lines of [targets.apply]
  std::string rest = "[invariants]\nexactly_once = true\n";  ///< faults, invariants, matrix, expectations
};

std::string scenario_text(const Parts& parts);

/// A temporary directory to work in: scenarios, output, TMPDIR of the program. Its path is what marks the processes.
class Workplace {
 public:
  /// Writes NAME.toml and returns its path.
  std::string write(const std::string& name, const std::string& text) const;
  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  const std::filesystem::path& root() const { return dir_.path(); }

 private:
  TempDir dir_;
};

}  // namespace stormproof::e2e
