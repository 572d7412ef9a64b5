#include "harness/run/witness_mark.h"

#include <gtest/gtest.h>

#include <vector>

namespace stormproof {
namespace {

struct Kept final : Recorder {
  void record(EventView event) override { events.emplace_back(event); }
  LiveCounts counts() const override { return {}; }
  std::vector<Event> events;
};

TEST(WitnessMark, TellsWhoseEffectItIs) {
  Kept kept;
  WitnessMark mark(kept, "service", "grpc");
  mark.record({.type = EventType::effect, .id = "m-1", .by = "client/0"});
  mark.record({.type = EventType::effect, .id = "m-2", .by = "client/0", .detail = "late"});
  mark.record({.type = EventType::effect, .id = "m-3", .by = "service"});
  mark.record({.type = EventType::note, .by = "harness"});
  ASSERT_EQ(kept.events.size(), 5U);
  EXPECT_EQ(kept.events[0].id, "witness");
  EXPECT_EQ(kept.events[0].by, "service");
  EXPECT_EQ(kept.events[0].detail, "grpc");
  EXPECT_EQ(kept.events[1].detail, "witness=service");
  EXPECT_EQ(kept.events[1].by, "client/0");
  EXPECT_EQ(kept.events[2].detail, "witness=service late");
  EXPECT_EQ(kept.events[3].detail, "");
  EXPECT_EQ(kept.events[4].detail, "");
}

}  // namespace
}  // namespace stormproof
