#include "harness/history/history_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/base/fd.h"
#include "harness/history/crc32c.h"
#include "harness/history/event_codec.h"
#include "harness/history/history_format.h"

namespace stormproof {

namespace f = history_format;

namespace {

/// A block in the making; the first kBlockHeaderSize bytes are filled when it is written.
struct Buffer {
  std::unique_ptr<unsigned char[]> bytes{new unsigned char[f::kBlockHeaderSize + f::kBlockCapacity]};
  std::size_t used = 0;  // of the payload
  std::uint32_t events = 0;
  Nanos base{};
  Nanos last{};
  std::uint64_t dropped_before = 0;

  unsigned char* payload() const { return bytes.get() + f::kBlockHeaderSize; }
};

struct Waiter {
  std::uint64_t count = 0;
  std::function<void()> reached;
};

void fill_header(const Buffer& buffer, f::BlockKind kind, std::uint64_t number) {
  unsigned char* const header = buffer.bytes.get();
  std::memset(header, 0, f::kBlockHeaderSize);
  store_le(header, f::kBlockMagic);
  store_le(header + f::kOffKind, static_cast<std::uint16_t>(kind));
  store_le(header + f::kOffPayloadSize, static_cast<std::uint32_t>(buffer.used));
  store_le(header + f::kOffEvents, buffer.events);
  store_le(header + f::kOffNumber, number);
  store_le(header + f::kOffBaseTime, static_cast<std::uint64_t>(buffer.base.count()));
  store_le(header + f::kOffDropped, buffer.dropped_before);
  store_le(header + f::kOffPayloadCrc, crc32c(buffer.payload(), buffer.used));
  store_le(header + f::kOffHeaderCrc, crc32c(header, f::kOffHeaderCrc));
}

/// Returns 0 or errno.
int write_all(int fd, const unsigned char* data, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    const ssize_t written = ::pwrite(fd, data, size, static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (written == 0) return ENOSPC;
    data += written;
    size -= static_cast<std::size_t>(written);
    offset += static_cast<std::uint64_t>(written);
  }
  return 0;
}

Error write_trouble(const std::filesystem::path& path, int error) {
  const std::string message = "cannot write " + path.string() + ": " + std::strerror(error);
  if (error == ENOSPC || error == EDQUOT)
    return environment_error(message, "free some disk space or choose another --out directory");
  return environment_error(message, "choose a writable --out directory");
}

/// The lock is held for about 50 ns, so a short spin spares most of the sleeps and wake-ups of a contended mutex.
class SpinThenLock {
 public:
  explicit SpinThenLock(std::mutex& mutex) : mutex_(mutex) {
    for (int i = 0; i < 64; ++i) {
      if (mutex_.try_lock()) return;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
    mutex_.lock();
  }
  ~SpinThenLock() { mutex_.unlock(); }
  SpinThenLock(const SpinThenLock&) = delete;
  SpinThenLock& operator=(const SpinThenLock&) = delete;

 private:
  std::mutex& mutex_;
};

}  // namespace

struct HistoryWriter::Impl {
  Impl(std::filesystem::path file, const Clock& run_clock, const Options& chosen)
      : path(std::move(file)), clock(run_clock), options(chosen) {}

  const std::filesystem::path path;
  const Clock& clock;
  const Options options;

  // Producers and the writer thread.
  std::mutex mutex;
  std::condition_variable wake;
  std::unique_ptr<Buffer> current;
  std::vector<std::unique_ptr<Buffer>> free;
  std::deque<std::unique_ptr<Buffer>> full;
  std::size_t made = 0;
  Nanos last_time{};
  bool closing = false;
  std::array<std::vector<Waiter>, 3> waiters;  // by Counter, the nearest count last

  // Written under the mutex, read by anybody.
  std::array<std::atomic<std::uint64_t>, 3> counters{};  // by Counter
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> info{0};
  std::atomic<std::uint64_t> dropped{0};

  // The writer thread only, and close() after it was joined.
  Fd fd;
  std::uint64_t offset = 0;
  std::uint64_t number = 0;
  std::uint64_t events_written = 0;
  int write_error = 0;
  std::thread thread;

  std::mutex observer_mutex;
  std::function<void(const EventView&)> observer;

  std::mutex close_mutex;
  bool closed = false;
  std::optional<Error> close_error;

  void count(EventType type, std::vector<std::function<void()>>& reached);
  bool take_buffer();
  void append(const EventView& event);
  void write_loop();
  void write_block(const Buffer& buffer, f::BlockKind kind);
  void observe(const Buffer& buffer);
  void finish();
};

void HistoryWriter::Impl::count(EventType type, std::vector<std::function<void()>>& reached) {
  const auto add_one = [](std::atomic<std::uint64_t>& counter) {
    const std::uint64_t value = counter.load(std::memory_order_relaxed) + 1;
    counter.store(value, std::memory_order_relaxed);
    return value;
  };
  std::size_t which = 0;
  switch (type) {
    case EventType::invoke: which = static_cast<std::size_t>(Counter::sent); break;
    case EventType::ok: which = static_cast<std::size_t>(Counter::acked); break;
    case EventType::effect: which = static_cast<std::size_t>(Counter::effects); break;
    case EventType::fail: add_one(failed); return;
    case EventType::info: add_one(info); return;
    default: return;
  }
  const std::uint64_t value = add_one(counters[which]);
  auto& pending = waiters[which];
  while (!pending.empty() && pending.back().count <= value) {
    reached.push_back(std::move(pending.back().reached));
    pending.pop_back();
  }
}

bool HistoryWriter::Impl::take_buffer() {
  if (free.empty()) {
    if (made >= options.buffers) return false;
    ++made;
    free.push_back(std::make_unique<Buffer>());
  }
  current = std::move(free.back());
  free.pop_back();
  current->used = 0;
  current->events = 0;
  current->base = current->last = last_time;
  current->dropped_before = dropped.load(std::memory_order_relaxed);
  return true;
}

void HistoryWriter::Impl::append(const EventView& event) {
  if (closing || (!current && !take_buffer())) {
    dropped.store(dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return;
  }
  unsigned char* const to = current->payload() + current->used;
  unsigned char* const end = encode_event(event, current->last, to);
  current->used += static_cast<std::size_t>(end - to);
  current->last = event.t;
  ++current->events;
}

HistoryWriter::HistoryWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HistoryWriter::~HistoryWriter() { static_cast<void>(close()); }

Result<std::unique_ptr<HistoryWriter>> HistoryWriter::create(const std::filesystem::path& path, const Clock& clock) {
  return create(path, clock, Options{});
}

Result<std::unique_ptr<HistoryWriter>> HistoryWriter::create(const std::filesystem::path& path, const Clock& clock,
                                                             const Options& options) {
  auto impl = std::make_unique<Impl>(path, clock, options);
  impl->fd = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!impl->fd) return write_trouble(path, errno);
  std::array<unsigned char, f::kFileHeaderSize> header{};
  std::copy(f::kFileMagic.begin(), f::kFileMagic.end(), header.begin());
  store_le(header.data() + 8, f::kVersion);
  store_le(header.data() + 12, crc32c(header.data(), 12));
  if (const int error = write_all(impl->fd.get(), header.data(), header.size(), 0); error != 0) {
    return write_trouble(path, error);
  }
  impl->offset = header.size();
  Impl* const raw = impl.get();
  try {
    raw->free.push_back(std::make_unique<Buffer>());
    raw->made = 1;
    raw->thread = std::thread([raw] { raw->write_loop(); });
  } catch (const std::exception& trouble) {
    return environment_error("cannot start the history writer: " + std::string(trouble.what()));
  }
  return std::unique_ptr<HistoryWriter>(new HistoryWriter(std::move(impl)));
}

void HistoryWriter::record(EventView event) {
  std::array<std::string, 5> storage;
  event.id = shorten(event.id, storage[0]);
  event.key = shorten(event.key, storage[1]);
  event.digest = shorten(event.digest, storage[2]);
  event.by = shorten(event.by, storage[3]);
  event.detail = shorten(event.detail, storage[4]);
  const std::size_t bound = encoded_bound(event);
  std::vector<std::function<void()>> reached;
  bool filled = false;
  {
    const SpinThenLock lock(impl_->mutex);
    event.t = std::max(impl_->clock.now(), impl_->last_time);
    impl_->last_time = event.t;
    if (impl_->current && impl_->current->used + bound > f::kBlockCapacity) {
      impl_->full.push_back(std::move(impl_->current));
      filled = true;
    }
    impl_->append(event);
    impl_->count(event.type, reached);
  }
  if (filled) impl_->wake.notify_one();
  for (const auto& call : reached) call();
}

LiveCounts HistoryWriter::counts() const {
  const auto get = [](const std::atomic<std::uint64_t>& value) { return value.load(std::memory_order_relaxed); };
  LiveCounts counts;
  counts.sent = get(impl_->counters[static_cast<std::size_t>(Counter::sent)]);
  counts.acked = get(impl_->counters[static_cast<std::size_t>(Counter::acked)]);
  counts.effects = get(impl_->counters[static_cast<std::size_t>(Counter::effects)]);
  counts.failed = get(impl_->failed);
  counts.info = get(impl_->info);
  counts.dropped = get(impl_->dropped);
  return counts;
}

void HistoryWriter::notify_at(Counter counter, std::uint64_t count, std::function<void()> reached) {
  const auto which = static_cast<std::size_t>(counter);
  {
    const SpinThenLock lock(impl_->mutex);
    if (impl_->counters[which].load(std::memory_order_relaxed) < count) {
      auto& pending = impl_->waiters[which];
      const auto place =
          std::find_if(pending.begin(), pending.end(), [&](const Waiter& w) { return w.count <= count; });
      pending.insert(place, Waiter{count, std::move(reached)});
      return;
    }
  }
  reached();
}

void HistoryWriter::set_observer(std::function<void(const EventView&)> observer) {
  const std::lock_guard lock(impl_->observer_mutex);
  impl_->observer = std::move(observer);
}

void HistoryWriter::Impl::write_loop() {
  std::unique_lock lock(mutex);
  while (true) {
    wake.wait_for(lock, options.flush_every, [&] { return closing || !full.empty(); });
    if (full.empty() && current && current->events > 0) full.push_back(std::move(current));
    if (full.empty()) {
      if (closing) return;
      continue;
    }
    std::unique_ptr<Buffer> buffer = std::move(full.front());
    full.pop_front();
    lock.unlock();
    write_block(*buffer, f::BlockKind::events);
    observe(*buffer);
    lock.lock();
    free.push_back(std::move(buffer));
  }
}

void HistoryWriter::Impl::write_block(const Buffer& buffer, f::BlockKind kind) {
  fill_header(buffer, kind, number);
  const std::size_t size = f::kBlockHeaderSize + buffer.used;
  if (const int error = write_all(fd.get(), buffer.bytes.get(), size, offset); error != 0) {
    // What was half written is cut off again: the next block, should the disk have room by then, follows cleanly.
    static_cast<void>(::ftruncate(fd.get(), static_cast<off_t>(offset)));
    if (write_error == 0) write_error = error;
    if (kind == f::BlockKind::events) {
      const SpinThenLock lock(mutex);
      dropped.store(dropped.load(std::memory_order_relaxed) + buffer.events, std::memory_order_relaxed);
    }
    return;
  }
  offset += size;
  ++number;
  if (kind == f::BlockKind::events) events_written += buffer.events;
}

void HistoryWriter::Impl::observe(const Buffer& buffer) {
  const std::lock_guard lock(observer_mutex);
  if (!observer) return;
  const unsigned char* at = buffer.payload();
  const unsigned char* const end = at + buffer.used;
  Nanos previous = buffer.base;
  EventView event;
  bool known = true;
  while (at != end && decode_event(at, end, previous, event, known)) observer(event);
}

void HistoryWriter::Impl::finish() {
  {
    const std::lock_guard lock(mutex);
    closing = true;
  }
  wake.notify_one();
  thread.join();
  Buffer end;
  end.used = f::kEndPayloadSize;
  end.base = last_time;
  end.dropped_before = dropped.load(std::memory_order_relaxed);
  store_le(end.payload(), events_written);
  store_le(end.payload() + 8, end.dropped_before);
  write_block(end, f::BlockKind::end);
  fd.reset();
  if (write_error != 0) {
    close_error = write_trouble(path, write_error);
    close_error->message += "; the history lacks " + std::to_string(end.dropped_before) + " events";
  } else if (end.dropped_before > 0) {
    close_error = environment_error(std::to_string(end.dropped_before) + " events were dropped because " +
                                        path.string() + " could not be written fast enough",
                                    "choose a faster disk with --out, or send more slowly");
  }
}

Status HistoryWriter::close() {
  const std::lock_guard lock(impl_->close_mutex);
  if (!impl_->closed) {
    impl_->closed = true;
    impl_->finish();
  }
  return impl_->close_error ? Status(*impl_->close_error) : Status::success();
}

}  // namespace stormproof
