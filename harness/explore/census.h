/// What a fault-free probing run showed to exist: the things triggers can count.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/model/run_summary.h"
#include "harness/run/survey.h"

namespace stormproof {

/// Lines of one process that differ only in their numbers.
struct LogClass {
  using When = SurveyedLine::When;
  std::string process;
  std::string pattern;  ///< a regex that matches them
  std::int64_t times = 0;
  When when = When::working;
};

struct LinkCensus {
  std::uint64_t upstream = 0, downstream = 0;  ///< bytes
  std::uint64_t connections = 0;
  std::uint64_t busy_effects = 0;  ///< so many effects there were when nearly all of the bytes had passed
  Nanos busy{};                    ///< from the start of the drive phase until then

  std::uint64_t bytes(Direction direction) const {
    return (direction == Direction::downstream ? 0 : upstream) + (direction == Direction::upstream ? 0 : downstream);
  }
};

struct Census {
  std::uint64_t effects = 0, sent = 0, acked = 0;
  std::map<std::string, LinkCensus> links;
  std::vector<LogClass> logs;
  Nanos work{};  ///< from the start of the drive phase to the last effect
};

Census take_census(const RunSummary& run, const Survey& survey);

/// The line with every number as '#', cut to 80 bytes; lines of one class have the same form.
std::string line_form(std::string_view line);
/// A regex for all lines of this form.
std::string form_pattern(const std::string& form);
/// How often each form occurs in a log; at most `forms_most` forms, of the first MiB.
std::map<std::string, std::int64_t> log_forms(const std::filesystem::path& file, std::size_t forms_most);

}  // namespace stormproof
