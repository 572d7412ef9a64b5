/// The recorder of a run: takes events from every thread and writes the binary history (FORMAT.md) behind their backs.
/// Try it alone: tests/bench/recorder_bench.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "harness/api/recorder.h"
#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace stormproof {

class HistoryWriter final : public Recorder {
 public:
  struct Options {
    std::size_t buffers = 1024;                         ///< of 64 KiB each; pages are touched only when needed
    Nanos flush_every = std::chrono::milliseconds(10);  ///< a part-filled buffer is written after at most this long
  };

  /// Creates or truncates `path` and starts the writer thread. `clock` must outlive the writer. An environment error
  /// when the file cannot be created or its header not be written (not writable, disk full); nothing is left running.
  static Result<std::unique_ptr<HistoryWriter>> create(const std::filesystem::path& path, const Clock& clock);
  static Result<std::unique_ptr<HistoryWriter>> create(const std::filesystem::path& path, const Clock& clock,
                                                       const Options& options);
  ~HistoryWriter() override;  ///< closes

  /// Any thread. Holds one lock for a time stamp and a copy of the text; never waits for the disk. When all buffers
  /// are full the event is counted as dropped. `t` of the event is ignored and replaced; it never goes back.
  void record(EventView event) override;
  /// Dropped events count in `sent`, `acked`, ... too, so that triggers still fire.
  LiveCounts counts() const override;

  enum class Counter { sent, acked, effects };
  /// Calls `reached` once, as soon as the live count is at least `count`: from the thread that records the event,
  /// after the event is in the history and without any lock held (it may record), or at once from this thread if the
  /// count was reached before. Any number may be pending; any thread.
  void notify_at(Counter counter, std::uint64_t count, std::function<void()> reached);

  /// A live tap: called on the writer thread for each event, in order, once it was handed to the disk. Set it before
  /// the first record. A slow observer costs buffers, in the end dropped events; it must not throw.
  void set_observer(std::function<void(const EventView&)> observer);

  /// Writes what is left and the end mark, closes the file. Blocks for the disk. Idempotent. An environment error when
  /// events are missing from the file (disk full, or recorded faster than the disk takes them): the history says so
  /// itself as far as it could be written, and its verdict will be `unknown`. Events recorded later are dropped.
  Status close();

 private:
  struct Impl;
  explicit HistoryWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace stormproof
