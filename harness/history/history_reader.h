/// Reads a stored history, binary or JSON lines, from a file or a pipe: sequentially, in bounded memory, and past any
/// damage. What could not be read is counted, never guessed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "harness/base/result.h"
#include "harness/model/event.h"

namespace stormproof {

struct ReadReport {
  enum class Format { binary, json_lines };
  Format format = Format::binary;
  std::uint64_t events = 0;          ///< delivered
  std::uint64_t dropped = 0;         ///< the writer says that it lost so many (disk too slow or full)
  std::uint64_t damaged_bytes = 0;   ///< passed over
  std::uint64_t missing_blocks = 0;  ///< binary only: gaps in the numbers of the blocks
  std::uint64_t damaged_lines = 0;   ///< JSON lines only
  std::string damage;      ///< the first damage in words, with its place: "block at byte 4096: wrong checksum"
  bool torn_tail = false;  ///< the file stops in the middle, or without the mark of a closed history

  /// What is missing, for `unknown_because`: "the history is damaged, 512 bytes dropped: ..."; "" when complete.
  std::string describe() const;
  /// Everything that was recorded was delivered.
  bool complete() const { return dropped == 0 && damaged_bytes == 0 && missing_blocks == 0 && !torn_tail; }
};

/// Calls `on_event` for each event in order; the texts are valid during the call only. Detects the format by content.
/// Damage is not an error. Errors: the file cannot be opened or read (environment), is a directory, no history at all,
/// or one of a later version (usage).
Result<ReadReport> read_history(const std::filesystem::path& path,
                                const std::function<void(const EventView&)>& on_event);

}  // namespace stormproof
