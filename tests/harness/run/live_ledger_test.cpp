#include "harness/run/live_ledger.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace stormproof {
namespace {

class Discard final : public Recorder {
 public:
  void record(EventView) override {}
  LiveCounts counts() const override { return {}; }
};

class LiveLedgerTest : public ::testing::Test {
 protected:
  void happens(EventType type, std::string_view id) { ledger.record({.type = type, .id = id, .by = "test"}); }
  Discard discard;
  FakeClock clock;
  LiveLedger ledger{discard, clock};
};

TEST_F(LiveLedgerTest, AnAcknowledgedMessageIsMissingUntilItsEffect) {
  happens(EventType::invoke, "a");
  EXPECT_EQ(ledger.open(), 1U);
  EXPECT_EQ(ledger.missing(), 0U);
  happens(EventType::ok, "a");
  EXPECT_EQ(ledger.open(), 0U);
  EXPECT_EQ(ledger.missing(), 1U);
  happens(EventType::effect, "a");
  happens(EventType::effect, "a");
  EXPECT_EQ(ledger.missing(), 0U);
}

TEST_F(LiveLedgerTest, AnEffectBeforeItsAcknowledgementIsNotMissing) {
  happens(EventType::invoke, "a");
  happens(EventType::effect, "a");
  happens(EventType::ok, "a");
  EXPECT_EQ(ledger.missing(), 0U);
}

TEST_F(LiveLedgerTest, UnknownAndFailedOperationsAreNotMissing) {
  happens(EventType::invoke, "a");
  happens(EventType::info, "a");
  happens(EventType::invoke, "b");
  happens(EventType::fail, "b");
  EXPECT_EQ(ledger.missing(), 0U);
  EXPECT_EQ(ledger.open(), 0U);
}

TEST_F(LiveLedgerTest, OnlyOperationsAndEffectsAreActivity) {
  clock.set(std::chrono::seconds(1));
  happens(EventType::effect, "a");
  clock.set(std::chrono::seconds(2));
  happens(EventType::note, "a");
  EXPECT_EQ(ledger.last_activity(), std::chrono::seconds(1));
}

}  // namespace
}  // namespace stormproof
