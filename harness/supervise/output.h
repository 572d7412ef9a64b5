/// What a replica prints: its two log files, bounded, and the pipes that fill them. All on the event loop.
#pragma once

#include <sys/types.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/fd.h"
#include "harness/base/result.h"

namespace boost::asio {
class io_context;
}

namespace stormproof {

/// One log file, shared by all incarnations of a replica. Keeps the first kMaxBytes, then says so once.
class LogFile {
 public:
  static constexpr std::uint64_t kMaxBytes = 64U << 20U;

  /// Creates or empties the file.
  Status open(const std::filesystem::path& path);
  void append(std::string_view bytes);
  /// Bytes that did not fit, or could not be written.
  std::uint64_t dropped() const { return dropped_; }

 private:
  Fd file_;
  std::uint64_t written_ = 0;
  std::uint64_t dropped_ = 0;
};

/// The last lines of a replica, for messages.
class LogTail {
 public:
  void add(std::string_view line);
  /// "" when nothing was printed; else each line indented by four spaces, printable, "\n" between.
  std::string text() const;

 private:
  static constexpr std::size_t kLines = 12;
  static constexpr std::size_t kLineBytes = 300;
  std::deque<std::string> lines_;
};

/// Reads one pipe of one incarnation until its end; the writing side may be kept open by anybody for any time.
class PipeReader {
 public:
  using Line = std::function<void(std::string_view)>;
  /// Makes the pipe. `log` outlives the reader.
  static Result<std::unique_ptr<PipeReader>> open(boost::asio::io_context& loop, std::shared_ptr<LogFile> log,
                                                  Line on_line);
  ~PipeReader();
  PipeReader(const PipeReader&) = delete;
  PipeReader& operator=(const PipeReader&) = delete;

  /// The child's end; close it (close_child_end) once the child has it.
  int child_end() const;
  void close_child_end();
  void start();
  /// Takes what is in the pipe now, at most a few of its capacities, without waiting. True at its end.
  bool drain();
  bool ended() const;

 private:
  struct Impl;
  explicit PipeReader(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace stormproof
