/// A file of lines in pieces of some hundred KiB that end where a line ends, to be parsed apart from each other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/history/batch.h"
#include "harness/history/byte_window.h"
#include "harness/history/line_shape.h"
#include "harness/model/event.h"

namespace stormproof {

inline constexpr std::size_t kMaxLine = 1024 * 1024;

struct LineChunk {
  /// Bytes behind the text that may be read, whatever they are: the scanners look at 16 at a time.
  static constexpr std::size_t kSlack = LineShapes::kSlack;

  std::vector<unsigned char> bytes;
  std::size_t size = 0;
  std::uint64_t offset = 0;
  /// In place of text: a line that is longer than kMaxLine and was passed over. Its bytes with the line feed.
  std::uint64_t long_line = 0;

  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), size}; }
};

/// False at the end. Blocks for the disk.
bool next_chunk(ByteWindow& in, LineChunk& chunk);
/// Exactly these bytes once more. False when they are no longer there.
bool chunk_again(ByteWindow& in, std::uint64_t offset, std::size_t size, LineChunk& chunk);

/// What was found in one chunk.
struct ChunkReport {
  /// Stands for the time of the events before the first that has one, when the caller does not know it.
  static constexpr Nanos kNoTime = Nanos::min();

  std::uint64_t lines = 0;
  std::uint64_t events = 0;
  std::uint64_t damaged_lines = 0;
  std::uint64_t damaged_bytes = 0;
  std::uint64_t damage_line = 0;  ///< of the first, from 1 within the chunk
  std::string damage;             ///< "has no \"type\""
  bool torn_tail = false;
  Nanos last{};  ///< time of the last event
};

/// Calls `on_event` for each event; texts are valid during the call only. `last`: the time of the event before the
/// chunk, taken for events without one.
ChunkReport parse_chunk(const LineChunk& chunk, Nanos last, const std::function<void(const EventView&)>& on_event);
/// The same into a batch; `shapes` of the chunks before it make it quicker.
ChunkReport parse_chunk(const LineChunk& chunk, Nanos last, LineShapes& shapes, Batch& batch);
/// The same without the lines of operations and effects whose message is seen at a glance not to be wanted.
ChunkReport parse_chunk(const LineChunk& chunk, Nanos last, LineShapes& shapes,
                        const std::function<bool(const MessageCode&)>& wanted,
                        const std::function<void(const EventView&)>& on_event);

}  // namespace stormproof
