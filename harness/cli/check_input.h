/// Where the events of a check come from: one history of ours, or foreign files of known formats.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "harness/check/spool.h"
#include "harness/cli/commands.h"
#include "harness/foreign/foreign.h"

namespace stormproof {

struct CheckInput {
  /// One history of ours; else `foreign`.
  std::optional<std::filesystem::path> native;
  std::vector<ForeignFile> foreign;
  std::vector<Spool> spools;  ///< of those that are pipes

  std::filesystem::path called;  ///< the history of ours, by the user

  /// The file that names the check in reports.
  std::filesystem::path first() const { return native ? called : foreign.front().path; }
};

/// Finds out what the files are. Usage errors: none named, one that does not exist, a format that is not known, maps
/// that do not fit.
Result<CheckInput> check_input(const CheckArgs& args);

/// Reads it from the beginning. Errors as in read_history and read_foreign.
Result<ReadReport> read_input(const CheckInput& input, const std::function<void(const EventView&)>& on_event);

}  // namespace stormproof
