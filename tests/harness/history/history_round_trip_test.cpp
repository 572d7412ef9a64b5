/// events -> binary -> JSON lines -> events: the same events.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>

#include "harness/history/history_reader.h"
#include "harness/history/history_writer.h"
#include "harness/history/json_lines.h"
#include "tests/harness/history/random_event.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

std::vector<Event> read_events(const std::filesystem::path& path, ReadReport& report) {
  std::vector<Event> events;
  const auto read = read_history(path, [&](const EventView& event) { events.emplace_back(event); });
  if (read.ok()) report = *read;
  return events;
}

RC_GTEST_PROP(HistoryRoundTrip, BinaryAndJsonLinesKeepEveryEvent, (std::uint64_t seed)) {
  const TempDir dir;
  Rng rng(seed);
  FakeClock clock;
  std::vector<Event> events;
  {
    auto writer = HistoryWriter::create(dir / "h.bin", clock);
    RC_ASSERT(writer.ok());
    for (std::int64_t i = rng.between(0, 60); i > 0; --i) {
      clock.advance(Nanos(static_cast<std::int64_t>(rng.next() >> static_cast<unsigned>(rng.between(10, 63)))));
      Event event = random_event(rng);
      (*writer)->record(event.view());
      event.t = clock.now();
      events.push_back(std::move(event));
    }
    RC_ASSERT((*writer)->close().ok());
  }
  ReadReport report;
  RC_ASSERT(read_events(dir / "h.bin", report) == events);
  RC_ASSERT(report.complete());
  std::ostringstream lines;
  RC_ASSERT(export_json_lines(dir / "h.bin", lines).ok());
  std::ofstream(dir / "h.jsonl", std::ios::binary) << lines.str();
  ReadReport json_report;
  RC_ASSERT(read_events(dir / "h.jsonl", json_report) == events);
  RC_ASSERT(json_report.complete());
}

}  // namespace
}  // namespace stormproof
