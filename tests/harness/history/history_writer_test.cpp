#include "harness/history/history_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "harness/base/fd.h"
#include "harness/history/event_codec.h"
#include "harness/history/history_reader.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

struct Stored {
  ReadReport report;
  std::vector<Event> events;
};

Stored read_all(const std::filesystem::path& path) {
  Stored stored;
  auto report = read_history(path, [&](const EventView& event) { stored.events.emplace_back(event); });
  EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message);
  if (report.ok()) stored.report = *report;
  return stored;
}

EventView invoke(std::string_view id) {
  EventView event;
  event.type = EventType::invoke;
  event.id = id;
  event.by = "source";
  return event;
}

std::unique_ptr<HistoryWriter> open_writer(const std::filesystem::path& path, const Clock& clock,
                                           HistoryWriter::Options options = {}) {
  auto writer = HistoryWriter::create(path, clock, options);
  EXPECT_TRUE(writer.ok()) << (writer.ok() ? "" : writer.error().message);
  return std::move(writer).value();
}

TEST(HistoryWriter, StampsAndKeepsTheOrder) {
  const TempDir dir;
  FakeClock clock;
  {
    const auto writer = open_writer(dir / "h.bin", clock);
    clock.set(Nanos(7));
    EventView first = invoke("a");
    first.t = Nanos(99);
    writer->record(first);
    clock.set(Nanos(5));  // a clock that goes back does not take the history with it
    writer->record(invoke("b"));
    ASSERT_TRUE(writer->close().ok());
  }
  const Stored stored = read_all(dir / "h.bin");
  ASSERT_EQ(stored.events.size(), 2U);
  EXPECT_EQ(stored.events[0].id, "a");
  EXPECT_EQ(stored.events[0].t, Nanos(7));
  EXPECT_EQ(stored.events[1].t, Nanos(7));
  EXPECT_TRUE(stored.report.complete());
}

TEST(HistoryWriter, ManyThreadsLoseNothingAndTimeNeverGoesBack) {
  const TempDir dir;
  const SteadyClock clock;
  constexpr int kThreads = 4;
  constexpr int kEach = 20000;
  const auto writer = open_writer(dir / "h.bin", clock);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string key = std::to_string(t);
      for (int i = 0; i < kEach; ++i) {
        EventView event = invoke("m");
        event.key = key;
        event.seq = i;
        writer->record(event);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(writer->counts().sent, static_cast<std::uint64_t>(kThreads) * kEach);
  ASSERT_TRUE(writer->close().ok());
  const Stored stored = read_all(dir / "h.bin");
  EXPECT_EQ(stored.events.size(), static_cast<std::size_t>(kThreads) * kEach);
  std::vector<std::int64_t> next(kThreads, 0);
  Nanos last{};
  for (const Event& event : stored.events) {
    ASSERT_GE(event.t, last);
    last = event.t;
    ASSERT_EQ(event.seq, next[std::stoul(event.key)]++);
  }
}

TEST(HistoryWriter, CallsBackOnceWhenTheCountIsReached) {
  const TempDir dir;
  const FakeClock clock;
  const auto writer = open_writer(dir / "h.bin", clock);
  std::vector<std::string> calls;
  const auto say = [&](const char* what) { return [&calls, what] { calls.emplace_back(what); }; };
  writer->notify_at(HistoryWriter::Counter::sent, 3, say("3"));
  writer->notify_at(HistoryWriter::Counter::sent, 1, say("1"));
  writer->notify_at(HistoryWriter::Counter::sent, 3, say("3 again"));
  writer->notify_at(HistoryWriter::Counter::acked, 1, say("acked"));
  writer->record(invoke("a"));
  EXPECT_EQ(calls, (std::vector<std::string>{"1"}));
  writer->record(invoke("b"));
  writer->record(invoke("c"));
  writer->record(invoke("d"));
  EXPECT_EQ(calls, (std::vector<std::string>{"1", "3", "3 again"}));
  writer->notify_at(HistoryWriter::Counter::sent, 2, say("late"));
  EXPECT_EQ(calls.back(), "late");
}

TEST(HistoryWriter, CallbackMayRecordAndAskAgain) {
  const TempDir dir;
  const FakeClock clock;
  const auto writer = open_writer(dir / "h.bin", clock);
  writer->notify_at(HistoryWriter::Counter::sent, 1, [&] {
    EventView note;
    note.type = EventType::note;
    note.by = "callback";
    writer->record(note);
    writer->notify_at(HistoryWriter::Counter::sent, 2, [&writer, note] { writer->record(note); });
  });
  writer->record(invoke("a"));
  writer->record(invoke("b"));
  ASSERT_TRUE(writer->close().ok());
  const Stored stored = read_all(dir / "h.bin");
  ASSERT_EQ(stored.events.size(), 4U);
  EXPECT_EQ(stored.events[1].by, "callback");
}

TEST(HistoryWriter, SlowDiskDropsAndSaysSo) {
  const TempDir dir;
  const FakeClock clock;
  HistoryWriter::Options options;
  options.buffers = 2;
  const auto writer = open_writer(dir / "h.bin", clock, options);
  std::mutex mutex;
  std::condition_variable changed;
  bool stuck = false;
  bool release = false;
  writer->set_observer([&](const EventView&) {
    std::unique_lock lock(mutex);
    stuck = true;
    changed.notify_all();
    changed.wait(lock, [&] { return release; });
  });
  writer->record(invoke("first"));
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return stuck; });
  }
  const std::string big(8000, 'x');
  EventView event = invoke("m");
  event.detail = big;
  for (int i = 0; i < 100; ++i) writer->record(event);
  const std::uint64_t dropped = writer->counts().dropped;
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(writer->counts().sent, 101U);
  {
    const std::lock_guard lock(mutex);
    release = true;
    changed.notify_all();
  }
  const Status closed = writer->close();
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().code, ErrorCode::environment);
  EXPECT_NE(closed.error().message.find(std::to_string(dropped) + " events were dropped"), std::string::npos);
  const Stored stored = read_all(dir / "h.bin");
  EXPECT_EQ(stored.report.dropped, dropped);
  EXPECT_EQ(stored.events.size() + dropped, 101U);
  EXPECT_FALSE(stored.report.complete());
}

TEST(HistoryWriter, ObserverSeesWhatIsStored) {
  const TempDir dir;
  const FakeClock clock;
  std::vector<Event> seen;
  {
    const auto writer = open_writer(dir / "h.bin", clock);
    writer->set_observer([&](const EventView& event) { seen.emplace_back(event); });
    for (int i = 0; i < 100; ++i) writer->record(invoke(std::to_string(i)));
  }
  EXPECT_EQ(seen, read_all(dir / "h.bin").events);
}

TEST(HistoryWriter, FullDiskAtTheStartIsAnEnvironmentError) {
  const FakeClock clock;
  const auto writer = HistoryWriter::create("/dev/full", clock);
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.error().code, ErrorCode::environment);
  EXPECT_EQ(writer.error().message, "cannot write /dev/full: No space left on device");
  EXPECT_EQ(writer.error().hint, "free some disk space or choose another --out directory");
}

TEST(HistoryWriter, MissingDirectoryIsAnEnvironmentError) {
  const FakeClock clock;
  const auto writer = HistoryWriter::create("/nonexistent/h.bin", clock);
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.error().message, "cannot write /nonexistent/h.bin: No such file or directory");
}

TEST(HistoryWriter, DiskThatFillsUpMidwayLeavesAReadableHistory) {
  // A sealed memory file refuses to grow as a full disk does.
  const Fd memory(::memfd_create("history", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_TRUE(memory.valid());
  const std::filesystem::path path = "/proc/self/fd/" + std::to_string(memory.get());
  const FakeClock clock;
  const auto writer = open_writer(path, clock);
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t written = 0;
  writer->set_observer([&](const EventView&) {
    const std::lock_guard lock(mutex);
    ++written;
    changed.notify_all();
  });
  writer->record(invoke("kept"));
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return written == 1; });
  }
  ASSERT_EQ(::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_GROW), 0);
  writer->record(invoke("lost"));
  const Status closed = writer->close();
  ASSERT_FALSE(closed.ok());
  EXPECT_NE(closed.error().message.find("Operation not permitted; the history lacks 1 events"), std::string::npos)
      << closed.error().message;
  EXPECT_EQ(writer->counts().dropped, 1U);
  const Stored stored = read_all(path);
  ASSERT_EQ(stored.events.size(), 1U);
  EXPECT_EQ(stored.events[0].id, "kept");
  EXPECT_TRUE(stored.report.torn_tail);
}

TEST(HistoryWriter, RecordAfterCloseIsDroppedNotCrashed) {
  const TempDir dir;
  const FakeClock clock;
  const auto writer = open_writer(dir / "h.bin", clock);
  ASSERT_TRUE(writer->close().ok());
  writer->record(invoke("late"));
  EXPECT_EQ(writer->counts().dropped, 1U);
  EXPECT_TRUE(writer->close().ok());
}

TEST(EventCodec, WritesTheExampleOfFormatMd) {
  EventView event;
  event.t = Nanos(3000);
  event.type = EventType::effect;
  event.id = "m-1";
  event.seq = 3;
  event.by = "store";
  std::array<unsigned char, 64> bytes{};
  unsigned char* const end = encode_event(event, Nanos(2000), bytes.data());
  EXPECT_EQ(std::string(reinterpret_cast<char*>(bytes.data()), static_cast<std::size_t>(end - bytes.data())),
            std::string("\x0F\0\x05\x15\xE8\x07\x03m-1\x06\x05store", 17));
}

TEST(HistoryWriter, LongTextsAreShortenedButStayDifferent) {
  const TempDir dir;
  const FakeClock clock;
  const std::string a = std::string(20000, 'x') + "a";
  const std::string b = std::string(20000, 'x') + "b";
  {
    const auto writer = open_writer(dir / "h.bin", clock);
    writer->record(invoke(a));
    writer->record(invoke(b));
  }
  const Stored stored = read_all(dir / "h.bin");
  ASSERT_EQ(stored.events.size(), 2U);
  EXPECT_EQ(stored.events[0].id.size(), 8192U);
  EXPECT_NE(stored.events[0].id, stored.events[1].id);
}

}  // namespace
}  // namespace stormproof
