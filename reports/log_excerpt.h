/// The part of a target's log worth showing beside a violation: lines that name what was violated, with their
/// neighbours, and the end. Logs carry no times of ours, so the words are all there is to go by.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/result.h"

namespace stormproof {

struct LogLine {
  std::string text;   ///< printable(), cut to 240 bytes
  bool hit = false;   ///< names one of the words
  bool skip = false;  ///< lines were left out before this one
};

struct LogExcerpt {
  std::vector<LogLine> lines;
  std::uint64_t size = 0;     ///< of the file
  bool only_the_end = false;  ///< the file is too large to be read whole
};

/// Reads at most the last MiB of the file. `words` are matched whole: "r-1" is not found in "r-17". At most `most`
/// lines come back. An environment error when the file is not there or is no regular file.
Result<LogExcerpt> read_log_excerpt(const std::filesystem::path& file, const std::vector<std::string>& words,
                                    std::size_t most);

}  // namespace stormproof
