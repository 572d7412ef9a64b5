#include "harness/supervise/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>

#include "harness/base/text.h"
#include "harness/supervise/line_splitter.h"

namespace stormproof {

namespace asio = boost::asio;

Status LogFile::open(const std::filesystem::path& path) {
  file_ = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
  if (!file_) {
    return environment_error("cannot write the log " + path.string() + ": " + std::strerror(errno),
                             "choose another directory with --out");
  }
  return {};
}

void LogFile::append(std::string_view bytes) {
  if (dropped_ > 0) {
    dropped_ += bytes.size();
    return;
  }
  std::string_view kept = bytes.substr(0, kMaxBytes - written_);
  dropped_ = bytes.size() - kept.size();
  written_ += kept.size();
  while (!kept.empty()) {
    const ssize_t n = ::write(file_.get(), kept.data(), kept.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      dropped_ += kept.size();
      return;
    }
    kept.remove_prefix(static_cast<std::size_t>(n));
  }
  if (dropped_ > 0) {
    static constexpr std::string_view kNote = "\n[stormproof: the log is cut here: it grew over 64 MiB]\n";
    (void)!::write(file_.get(), kNote.data(), kNote.size());
  }
}

void LogTail::add(std::string_view line) {
  lines_.emplace_back(line.substr(0, kLineBytes));
  if (lines_.size() > kLines) lines_.pop_front();
}

std::string LogTail::text() const {
  std::string text;
  for (const std::string& line : lines_) {
    if (!text.empty()) text += '\n';
    text += "    " + printable(line);
  }
  return text;
}

struct PipeReader::Impl : std::enable_shared_from_this<PipeReader::Impl> {
  static constexpr std::size_t kBuffer = 64U << 10U;
  static constexpr int kDrainReads = 32;  ///< bounds a drain while somebody writes without end

  Impl(asio::io_context& loop, Fd read_end, Fd write_end, std::shared_ptr<LogFile> log_file, Line line)
      : pipe(loop, read_end.release()),
        child(std::move(write_end)),
        log(std::move(log_file)),
        on_line(std::move(line)) {}

  void wait() {
    pipe.async_wait(asio::posix::descriptor_base::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& failure) {
                      if (failure || self->closed) return;
                      if (self->read_once() != Read::end) self->wait();
                    });
  }

  enum class Read { some, nothing, end };
  Read read_once() {
    // A line may make its listener kill the target, which drains this very pipe.
    if (reading) return Read::nothing;
    const ssize_t n = ::read(pipe.native_handle(), buffer.get(), kBuffer);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Read::nothing;
    if (n <= 0) {
      splitter.finish(on_line);
      at_end = true;
      return Read::end;
    }
    const std::string_view bytes(buffer.get(), static_cast<std::size_t>(n));
    reading = true;
    log->append(bytes);
    splitter.feed(bytes, on_line);
    reading = false;
    return Read::some;
  }

  asio::posix::stream_descriptor pipe;
  Fd child;
  std::shared_ptr<LogFile> log;
  Line on_line;
  LineSplitter splitter;
  std::unique_ptr<char[]> buffer{new char[kBuffer]};
  bool reading = false;
  bool at_end = false;
  bool closed = false;
};

Result<std::unique_ptr<PipeReader>> PipeReader::open(asio::io_context& loop, std::shared_ptr<LogFile> log,
                                                     Line on_line) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return environment_error(std::string("cannot make a pipe: ") + std::strerror(errno),
                             "raise the limit on open files (ulimit -n)");
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  auto impl = std::make_shared<Impl>(loop, Fd(ends[0]), Fd(ends[1]), std::move(log), std::move(on_line));
  return std::unique_ptr<PipeReader>(new PipeReader(std::move(impl)));
}

PipeReader::PipeReader(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

PipeReader::~PipeReader() {
  impl_->closed = true;
  boost::system::error_code ignored;
  impl_->pipe.close(ignored);
}

int PipeReader::child_end() const { return impl_->child.get(); }
void PipeReader::close_child_end() { impl_->child.reset(); }
void PipeReader::start() { impl_->wait(); }
bool PipeReader::ended() const { return impl_->at_end; }

bool PipeReader::drain() {
  for (int i = 0; i < Impl::kDrainReads && !impl_->at_end; ++i) {
    if (impl_->read_once() == Impl::Read::nothing) break;
  }
  return impl_->at_end;
}

}  // namespace stormproof
