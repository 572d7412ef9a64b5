/// The files of one run. Everything a run writes is below its directory.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace stormproof {

class RunDir {
 public:
  /// Makes the directory and its standard parts. It may exist, but must not hold an earlier run.
  static Result<RunDir> create(const std::filesystem::path& root);

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path scenario() const { return root_ / "scenario.toml"; }
  std::filesystem::path plan() const { return root_ / "plan.json"; }
  std::filesystem::path history() const { return root_ / "history.bin"; }
  std::filesystem::path verdict() const { return root_ / "verdict.json"; }
  std::filesystem::path shared() const { return root_ / "shared"; }
  std::filesystem::path source() const { return root_ / "source"; }
  std::filesystem::path witness(const std::string& name) const { return root_ / "witness" / name; }
  std::filesystem::path target(const std::string& target, int index) const;
  std::filesystem::path work(const std::string& target, int index) const {
    return this->target(target, index) / "work";
  }

  Status make_directory(const std::filesystem::path& directory) const;
  Status write_file(const std::filesystem::path& file, std::string_view text) const;
  /// Removes what only the targets needed: {shared}, {dir}, the source's and the witnesses' files. Logs stay.
  void remove_working_files() const;

 private:
  explicit RunDir(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path root_;
};

/// `text` with everything that is awkward in a file name replaced by '-'.
std::string file_name_for(std::string_view text);

}  // namespace stormproof
