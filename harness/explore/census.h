/// What a fault-free probing run showed to exist: the things triggers can count.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/model/run_summary.h"

namespace stormproof {

/// Lines of one process that differ only in their numbers.
struct LogClass {
  std::string process;
  std::string pattern;  ///< a regex that matches them
  std::int64_t times = 0;
};

struct Census {
  std::uint64_t effects = 0, sent = 0, acked = 0;
  std::map<std::string, std::uint64_t> bytes;        ///< by link, both directions
  std::map<std::string, std::uint64_t> connections;  ///< by link
  std::vector<LogClass> logs;
  Nanos duration{};  ///< of the whole run
};

/// From a finished run whose directory still stands.
Census take_census(const RunSummary& run);

/// The line with every number as '#', cut to 80 bytes; lines of one class have the same form.
std::string line_form(std::string_view line);
/// A regex for all lines of this form.
std::string form_pattern(const std::string& form);
/// How often each form occurs in a log; at most `forms_most` forms, of the first MiB.
std::map<std::string, std::int64_t> log_forms(const std::filesystem::path& file, std::size_t forms_most);

}  // namespace stormproof
