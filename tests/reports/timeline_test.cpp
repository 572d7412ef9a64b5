#include "reports/timeline.h"

#include <gtest/gtest.h>
// gtest first: rapidcheck's header needs it
#include <rapidcheck/gtest.h>

#include <fstream>
#include <numeric>

#include "reports/log_excerpt.h"
#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

rc::Gen<std::vector<Nanos>> times() {
  return rc::gen::map(rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 100'000'000'000)),
                      [](std::vector<std::int64_t> raw) {
                        std::sort(raw.begin(), raw.end());
                        std::vector<Nanos> sorted;
                        for (const std::int64_t t : raw) sorted.emplace_back(t);
                        return sorted;
                      });
}

RC_GTEST_PROP(BinnedCounts, LoseNothingHoweverLongTheRun, ()) {
  const auto list = *times();
  BinnedCounts counts;
  for (const Nanos t : list) counts.add(t);
  const std::uint64_t sum = std::accumulate(counts.bins().begin(), counts.bins().end(), std::uint64_t{0});
  RC_ASSERT(sum == list.size());
  RC_ASSERT(counts.bins().size() <= BinnedCounts::kBins);
  counts.widen_to(counts.width() * 8);
  RC_ASSERT(std::accumulate(counts.bins().begin(), counts.bins().end(), std::uint64_t{0}) == list.size());
}

RC_GTEST_PROP(LatencySamples, NeverHideTheSlowest, ()) {
  const auto list = *times();
  RC_PRE(!list.empty());
  LatencySamples samples;
  Nanos slowest{};
  for (const Nanos t : list) {
    const Nanos latency = *rc::gen::map(rc::gen::inRange<std::int64_t>(0, 1'000'000), [](auto n) { return Nanos(n); });
    slowest = std::max(slowest, latency);
    samples.add(t, latency);
  }
  const auto points = samples.points(20);
  RC_ASSERT(points.size() <= 20U);
  Nanos shown{};
  for (const auto& point : points) {
    RC_ASSERT(point.p50 <= point.p99);
    RC_ASSERT(point.p99 <= point.max);
    shown = std::max(shown, point.max);
  }
  RC_ASSERT(shown == slowest);
}

TEST(LatencySamples, StayBoundedForMillions) {
  LatencySamples samples;
  for (int i = 0; i < 3'000'000; ++i) samples.add(Nanos(i * 1000LL), Nanos(i % 1000));
  samples.add(seconds(4), seconds(9));
  const auto points = samples.points(120);
  ASSERT_FALSE(points.empty());
  EXPECT_LE(points.size(), 120U);
  EXPECT_EQ(points.back().max, seconds(9));
}

struct Line {
  int ms;
  EventType type;
  const char *by, *id, *key, *detail;
  std::int64_t seq = EventView::kNoSeq;
};

TEST(Timeline, OfAShortHistory) {
  const Line lines[] = {
      {0, EventType::phase, "setup", "", "", ""},
      {0, EventType::note, "plan", "kill", "kill", "client/0"},
      {1, EventType::invoke, "source", "r-1", "s", "", 1},
      {5, EventType::process, "client/0", "started", "", "start=1 pid=1"},
      {9, EventType::process, "client/0", "ready", "", ""},
      {10, EventType::phase, "drive", "", "", ""},
      {11, EventType::effect, "client/0", "r-1", "s", "", 1},
      {12, EventType::invoke, "source", "r-2", "s", "", 2},
      {15, EventType::effect, "client/0", "r-2", "s", "", 2},
      {16, EventType::effect, "client/0", "r-2", "s", "", 2},
      {20, EventType::inject, "kill", "kill", "client/0", ""},
      {21, EventType::bite, "kill", "", "", "death", 1},
      {21, EventType::process, "client/0", "exited", "unasked", "Error \"x\" </script>"},
      {30, EventType::heal, "kill", "kill", "client/0", ""},
      {31, EventType::inject, "kill", "kill", "client/0", ""},
      {40, EventType::note, "harness", "unknown", "", "the witness could not be read"},
  };
  TimelineBuilder timeline;
  for (const Line& line : lines) {
    EventView event;
    event.t = milliseconds(line.ms);
    event.type = line.type;
    event.by = line.by;
    event.id = line.id;
    event.key = line.key;
    event.detail = line.detail;
    event.seq = line.seq;
    timeline.add(event);
  }
  expect_golden(std::filesystem::path(STORMPROOF_SOURCE_DIR) / "tests/golden/reports/timeline/expected.json",
                timeline.json() + "\n");
}

TEST(Timeline, NeverGrowsBeyondBounds) {
  TimelineBuilder timeline;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = "name-" + std::to_string(i);
    for (const EventType type : {EventType::effect, EventType::inject, EventType::process, EventType::note}) {
      EventView event;
      event.t = milliseconds(i);
      event.type = type;
      event.by = name;
      event.id = "started";
      event.detail = "some detail";
      timeline.add(event);
    }
  }
  EXPECT_LT(timeline.json().size(), 200'000U);
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

TEST(LogExcerpt, ShowsTheEndAndWhatNamesTheMessage) {
  const TempDir directory;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "line r-" + std::to_string(i) + "\n";
  write(directory / "log", text);
  const auto excerpt = read_log_excerpt(directory / "log", {"r-1"}, 30);
  ASSERT_TRUE(excerpt.ok());
  ASSERT_EQ(excerpt->lines.size(), 15U);
  EXPECT_EQ(excerpt->lines[1].text, "line r-1");
  EXPECT_TRUE(excerpt->lines[1].hit);
  EXPECT_FALSE(excerpt->lines[0].hit);
  EXPECT_TRUE(excerpt->lines[3].skip);
  EXPECT_EQ(excerpt->lines.back().text, "line r-99");
}

TEST(LogExcerpt, CopesWithHugeAndBinaryLogs) {
  const TempDir directory;
  write(directory / "log", std::string(3'000'000, 'x') + "\n" + std::string("\x1b[31mred\0\xff", 10) + "\n");
  const auto excerpt = read_log_excerpt(directory / "log", {"red"}, 10);
  ASSERT_TRUE(excerpt.ok());
  EXPECT_TRUE(excerpt->only_the_end);
  ASSERT_EQ(excerpt->lines.size(), 2U);
  EXPECT_LE(excerpt->lines[0].text.size(), 250U);
  EXPECT_EQ(excerpt->lines[1].text, "\\x1b[31mred\\x00\\xff");
}

TEST(LogExcerpt, SaysSoWhenThereIsNone) {
  const TempDir directory;
  EXPECT_FALSE(read_log_excerpt(directory / "log", {}, 10).ok());
  EXPECT_FALSE(read_log_excerpt(directory.path(), {}, 10).ok());
}

}  // namespace
}  // namespace stormproof
