/// Reads a history in batches (batch.h), and parts of it once more. The checker's fast way; read_history delivers the
/// same events one by one.
#pragma once

#include <functional>
#include <span>

#include "harness/base/result.h"
#include "harness/history/batch.h"
#include "harness/history/byte_source.h"
#include "harness/history/history_reader.h"

namespace stormproof {

/// Called for each batch in order, on any thread, one at a time. False stops the reading.
using OnBatch = std::function<bool(Batch&)>;

/// The whole history, from the beginning of the source. JSON lines are parsed by so many threads. The report is that of
/// read_history; errors as there, without the name of the file. Throws std::bad_alloc.
Result<ReadReport> read_batches(ByteSource& source, unsigned threads, const OnBatch& on_batch);

/// Which events are wanted once more. Any thread, several at a time.
class Selection {
 public:
  virtual ~Selection() = default;
  virtual bool wants(const Place& place) const = 0;
  virtual bool wants(const MessageCode& code) const = 0;
  virtual bool wants_any(std::span<const PlainEvent> events) const = 0;
};

/// Of these places (of one source, in order) the operations and effects that are selected, in order, one at a time, on
/// any thread. An environment error when the source has changed meanwhile.
Status read_again(ByteSource& source, ReadReport::Format format, std::span<const Place> places, unsigned threads,
                  const Selection& selection, const std::function<void(const EventView&)>& on_event);

/// A history as the checker's fast way reads it: all of it in batches, then parts of it once more.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// From the beginning; as read_batches.
  virtual Result<ReadReport> read(unsigned threads, const OnBatch& on_batch) = 0;
  /// After read(): as read_again.
  virtual Status again(std::span<const Place> places, unsigned threads, const Selection& selection,
                       const std::function<void(const EventView&)>& on_event) = 0;
  /// The offset of a Place at the end; 0 when nobody knows.
  virtual std::uint64_t size() const { return 0; }
};

/// One of ours. The bytes must outlive it.
class StoredBatches final : public BatchSource {
 public:
  explicit StoredBatches(ByteSource& bytes) : bytes_(bytes) {}
  Result<ReadReport> read(unsigned threads, const OnBatch& on_batch) override;
  Status again(std::span<const Place> places, unsigned threads, const Selection& selection,
               const std::function<void(const EventView&)>& on_event) override;
  std::uint64_t size() const override { return bytes_.size(); }

 private:
  ByteSource& bytes_;
  ReadReport::Format format_ = ReadReport::Format::binary;
};

}  // namespace stormproof
