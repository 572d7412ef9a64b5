/// Writes a binary history of version 2: packed blocks (packed_block.h) for runs of plain operations and effects,
/// ordinary blocks for the rest, in the order given. For conversions and benches; a run uses the HistoryWriter.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/history/history_format.h"
#include "harness/history/history_reader.h"
#include "harness/history/packed_block.h"

namespace stormproof {

class HistoryPacker {
 public:
  /// Takes the bytes of the file, in order. An error it returns stops the packer.
  using Write = std::function<Status(const unsigned char* data, std::size_t size)>;

  explicit HistoryPacker(Write write) : write_(std::move(write)) {}

  /// A usage error for a time before the start of the run: the format has none.
  Status add(const EventView& event);
  /// An operation or effect of the message `prefix` + `number`; no text is made of it.
  Status add(EventType type, Nanos t, std::string_view prefix, std::uint64_t number, std::string_view by);
  /// `incomplete`: the source was damaged; then the end mark stays away, and the copy counts as torn.
  Status finish(bool incomplete = false);
  std::uint64_t events() const { return events_; }

 private:
  Status start();
  Status add_record(EventView event);
  Status flush();
  Status flush_packed();
  Status flush_records();
  Status write_block(history_format::BlockKind kind, const std::vector<unsigned char>& payload, std::uint32_t events,
                     Nanos base);

  Write write_;
  bool started_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t events_ = 0;
  PackedBlock packed_;
  std::vector<unsigned char> records_;
  std::uint32_t record_count_ = 0;
  Nanos record_base_{};
  Nanos record_last_{};
  std::vector<unsigned char> bytes_;
};

/// Any stored history as a file of version 2, with the events that could be read; one that was not complete becomes one
/// that is torn. Errors as in read_history, and an environment error when `to` cannot be written.
Result<ReadReport> pack_history(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace stormproof
