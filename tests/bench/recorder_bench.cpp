/// How many events a second the recorder takes, from one and from four threads, with the disk behind it.
/// Bar: 2 million events a second, none dropped.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "harness/base/clock.h"
#include "harness/history/history_reader.h"
#include "harness/history/history_writer.h"

namespace stormproof {
namespace {

constexpr std::uint64_t kEvents = 4'000'000;

void produce(HistoryWriter& writer, int thread, std::uint64_t count) {
  std::string id = "m-" + std::to_string(thread) + "-00000000";
  const std::string key = "s-" + std::to_string(thread);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t rest = i;
    for (std::size_t digit = id.size(); digit-- > id.size() - 8; rest /= 10)
      id[digit] = static_cast<char>('0' + rest % 10);
    EventView event;
    event.type = EventType::effect;
    event.id = id;
    event.key = key;
    event.seq = static_cast<std::int64_t>(i);
    event.digest = "0123456789abcdef";
    event.by = "store";
    writer.record(event);
  }
}

void measure(const std::filesystem::path& path, int producers) {
  const SteadyClock clock;
  auto writer = HistoryWriter::create(path, clock);
  if (!writer) {
    std::printf("cannot: %s\n", writer.error().message.c_str());
    return;
  }
  const Nanos start = clock.now();
  std::vector<std::thread> threads;
  for (int i = 0; i < producers; ++i) {
    threads.emplace_back([&, i] { produce(**writer, i, kEvents / static_cast<std::uint64_t>(producers)); });
  }
  for (auto& thread : threads) thread.join();
  const double recorded = std::chrono::duration<double>(clock.now() - start).count();
  const std::uint64_t dropped = (*writer)->counts().dropped;
  static_cast<void>((*writer)->close());
  const double written = std::chrono::duration<double>(clock.now() - start).count();
  const double bytes = static_cast<double>(std::filesystem::file_size(path));
  const Nanos read_start = clock.now();
  const auto report = read_history(path, [](const EventView&) {});
  const double read = std::chrono::duration<double>(clock.now() - read_start).count();
  std::printf("%9d %14.2f %14.2f %12.1f %10llu %14.2f\n", producers, kEvents / recorded / 1e6, kEvents / written / 1e6,
              bytes / kEvents, static_cast<unsigned long long>(dropped),
              static_cast<double>(report ? report->events : 0) / read / 1e6);
}

}  // namespace
}  // namespace stormproof

int main() {
  const auto path =
      std::filesystem::temp_directory_path() / ("stormproof-recorder-bench-" + std::to_string(::getpid()));
  std::printf("recorder, million events a second (bar: 2 recorded, 0 dropped)\n");
  std::printf("producers       recorded    with closing  bytes/event    dropped      read again\n");
  for (const int producers : {1, 2, 4}) stormproof::measure(path, producers);
  std::filesystem::remove(path);
  return 0;
}
