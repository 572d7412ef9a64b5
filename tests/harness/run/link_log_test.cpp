#include "harness/run/link_log.h"

#include <gtest/gtest.h>

#include "harness/run/link_trigger.h"
#include "tests/faults/link/kind_under_test.h"

namespace stormproof {
namespace {

using What = LinkEvent::What;

class LinkLogTest : public ::testing::Test {
 protected:
  void tell(What what, std::uint64_t connection, const LinkFault* fault = nullptr, std::string_view from = "") {
    log_.on_event({.what = what,
                   .link = "feed",
                   .from = from,
                   .connection = connection,
                   .fault = fault,
                   .upstream_bytes = 12,
                   .downstream_bytes = 345});
  }
  /// "link feed|connection 1|opened"
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const Event& event : recorder_.events) {
      EXPECT_EQ(event.type, EventType::note);
      all.push_back(event.by + '|' + event.id + '|' + event.detail);
    }
    return all;
  }
  FakeRecorder recorder_;
  LinkLog log_{recorder_};
};

TEST_F(LinkLogTest, TellsOfConnectionsWhoseTheyAreAndHowTheyEnded) {
  tell(What::opened, 1);
  tell(What::opened, 2, nullptr, "client/0");
  tell(What::closed, 1);
  tell(What::reset, 2);
  EXPECT_EQ(lines(), (std::vector<std::string>{
                         "link feed|connection 1|opened",
                         "link feed|connection 2|opened by client/0",
                         "link feed|connection 1|closed after 12 bytes upstream, 345 downstream",
                         "link feed|connection 2|reset after 12 bytes upstream, 345 downstream",
                     }));
}

TEST_F(LinkLogTest, TellsEachDrawOfAFaultWithAProbability) {
  const auto lucky = refuse_kind.make_link(planned_on_link(refuse_kind));
  const auto certain = refuse_kind.make_link(planned_on_link(refuse_kind));
  log_.tell_draws_of(lucky.get(), "refuse");
  tell(What::struck, 1, lucky.get());
  tell(What::spared, 2, lucky.get());
  tell(What::struck, 1, certain.get());
  EXPECT_EQ(lines(), (std::vector<std::string>{"link feed|connection 1|refuse strikes it",
                                               "link feed|connection 2|refuse spares it"}));
  log_.tell_draws_of(lucky.get(), "");
  tell(What::struck, 3, lucky.get());
  EXPECT_EQ(lines().size(), 2U);
}

TEST_F(LinkLogTest, TellsTheDrawOfTheFaultBehindATrigger) {
  PlannedFault planned = planned_on_link(refuse_kind);
  planned.spec.probability = 0;
  TriggerSpec when;
  when.kind = TriggerSpec::Kind::connections;
  when.count = 1;
  LinkTrigger trigger(when, refuse_kind.make_link(planned), nullptr);
  log_.tell_draws_of(&trigger, "refuse");
  EXPECT_TRUE(trigger.strikes({.connection = 1}));
  tell(What::struck, 1, &trigger);
  EXPECT_EQ(lines(), std::vector<std::string>{"link feed|connection 1|refuse spares it"});
}

TEST_F(LinkLogTest, ConnectionsByTheThousandDoNotFillTheHistory) {
  for (std::uint64_t connection = 1; connection <= 5000; ++connection) tell(What::opened, connection);
  EXPECT_EQ(lines().size(), 1000U);
}

}  // namespace
}  // namespace stormproof
