#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/faults/link/kind_under_test.h"
#include "tests/faults/link/paper_wire.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;

TEST(LinkKinds, EachButDownMakesWhatItArms) {
  for (const FaultKind* kind : fault_kinds()) {
    const bool arms = kind->info.scope == FaultScope::link && kind->info.name != "down";
    EXPECT_EQ(kind->make_link != nullptr, arms) << kind->info.name;
  }
  std::shared_ptr<LinkFault> fault;
  {
    const PlannedFault planned = planned_on_link(partition_kind);
    fault = partition_kind.make_link(planned);
  }
  PaperWire wire({{fault, Direction::both}});
  wire.send(Side::client, "kept");
  EXPECT_EQ(wire.got(Side::server), "");
  EXPECT_EQ(fault->hits(), 2U) << "the connection and its bytes";
}

TEST(LinkKinds, ProbabilityIsDrawnOnceAConnectionFromTheSeed) {
  std::vector<int> struck;
  for (const double probability : {0.0, 0.3, 1.0}) {
    ArmedKind fault(refuse_kind, [&](FaultSpec& spec) { spec.probability = probability; });
    ArmedKind again(refuse_kind, [&](FaultSpec& spec) { spec.probability = probability; });
    int count = 0;
    for (std::uint64_t connection = 1; connection <= 1000; ++connection) {
      const bool strikes = fault.link_fault()->strikes({.connection = connection});
      EXPECT_EQ(strikes, again.link_fault()->strikes({.connection = connection, .since = 5s}));
      count += strikes ? 1 : 0;
    }
    struck.push_back(count);
  }
  EXPECT_EQ(struck.front(), 0);
  EXPECT_NEAR(struck[1], 300, 60);
  EXPECT_EQ(struck.back(), 1000);
}

TEST(LinkKinds, ThatStrikeConnectionsAloneLeaveBytesToTheKernel) {
  EXPECT_FALSE(ArmedKind(reset_peer_kind).link_fault()->sees_chunks());
  EXPECT_FALSE(ArmedKind(refuse_kind).link_fault()->sees_chunks());
  for (const bool swallow : {false, true}) {
    ArmedKind fault(deadline_kind, [&](FaultSpec& spec) {
      spec.params.set("deadline", Nanos(1s));
      spec.params.set("swallow", swallow);
    });
    EXPECT_EQ(fault.link_fault()->sees_chunks(), swallow);
  }
}

ArmedKind limit(std::uint64_t bytes) {
  return ArmedKind(limit_data_kind, [&](FaultSpec& spec) { spec.params.set("bytes", bytes); });
}

TEST(LimitData, GoesOnCountingWhenItsLimitIsChanged) {
  ArmedKind before = limit(100);
  ArmedKind more = limit(60);
  ArmedKind less = limit(5);
  const auto ask = [](ArmedKind& fault, std::uint64_t offset, std::size_t size) {
    return fault.link_fault()->on_chunk({.connection = 1, .offset = offset, .size = size}, 0s);
  };
  EXPECT_EQ(ask(before, 0, 50).verb, LinkAction::Verb::forward);
  more.link_fault()->adopt(*before.link_fault());
  EXPECT_EQ(ask(more, 50, 9).verb, LinkAction::Verb::forward);
  less.link_fault()->adopt(*more.link_fault());
  const LinkAction over = ask(less, 59, 9);
  EXPECT_EQ(over.verb, LinkAction::Verb::half_close);
  EXPECT_EQ(over.bytes, 0U) << "more has passed than the new limit allows";
}

TEST(Blackhole, KnowsWhatTheOneBeforeSpoilt) {
  ArmedKind before(blackhole_kind);
  ArmedKind after(blackhole_kind);
  before.link_fault()->on_chunk({.connection = 1, .size = 1}, 0s);
  after.link_fault()->adopt(*before.link_fault());
  EXPECT_TRUE(after.link_fault()->on_disarm(1));
  EXPECT_FALSE(after.link_fault()->on_disarm(2));
}

ArmedKind duplicate(std::uint64_t bytes, std::int64_t at, std::uint64_t every = 0) {
  return ArmedKind(duplicate_bytes_kind, [&](FaultSpec& spec) {
    spec.params.set("bytes", bytes);
    spec.params.set("at", at);
    if (every > 0) spec.params.set("every", every);
  });
}

TEST(DuplicateBytes, RepeatsThePieceAndNothingElse) {
  ArmedKind fault = duplicate(3, 2);
  PaperWire wire({{fault.link_fault(), Direction::upstream}});
  wire.send(Side::client, "abcdefgh");
  wire.send(Side::client, "ijk");
  wire.send(Side::server, "abcdefgh");
  EXPECT_EQ(wire.got(Side::server), "abcdbcdefghijk");
  EXPECT_EQ(wire.got(Side::client), "abcdefgh");
  EXPECT_EQ(fault.hits(), 3U);
}

TEST(DuplicateBytes, RepeatsAPieceInPartsWhenItComesInParts) {
  ArmedKind fault = duplicate(4, 2);
  PaperWire wire({{fault.link_fault(), Direction::upstream}});
  wire.send(Side::client, "abc");
  wire.send(Side::client, "defg");
  EXPECT_EQ(wire.got(Side::server), "abcbcdedefg");
  EXPECT_EQ(fault.hits(), 4U);
}

TEST(DuplicateBytes, RepeatsAPieceEverySoOften) {
  ArmedKind fault = duplicate(1, 1, 3);
  PaperWire wire({{fault.link_fault(), Direction::upstream}});
  wire.send(Side::client, "abcdefg");
  EXPECT_EQ(wire.got(Side::server), "aabcddefgg");
}

TEST(Partition, BetweenGroupsStrikesThoseWhoCameFromThem) {
  PlannedFault planned = planned_on_link(partition_kind);
  planned.spec.link.clear();
  planned.cuts = {{"feed", Direction::upstream, {"client/0"}}, {"feed", Direction::downstream, {"other/0", "other/1"}}};
  FakeFaultContext context;
  const auto fault = partition_kind.make(planned);
  ASSERT_TRUE(fault->inject(context).ok());
  ASSERT_EQ(context.links().armed.size(), 2U);
  const auto strikes = [&](std::size_t cut, std::string_view from) {
    return context.links().armed[cut]->strikes({.connection = 1, .from = from});
  };
  EXPECT_TRUE(strikes(0, "client/0"));
  EXPECT_FALSE(strikes(0, "client/1"));
  EXPECT_FALSE(strikes(0, "")) << "the harness itself is in no group";
  EXPECT_TRUE(strikes(1, "other/1"));
  EXPECT_FALSE(strikes(1, "client/0"));
  context.links().armed[1]->on_chunk({.connection = 1, .size = 1}, Nanos{});
  EXPECT_EQ(fault->hits(), 1U);
  ASSERT_TRUE(fault->heal(context).ok());
  EXPECT_TRUE(context.links().armed.empty());
}

TEST(ResetPeer, StrikesIdleConnectionsAfterTheTimeout) {
  ArmedKind fault(reset_peer_kind, [](FaultSpec& spec) { spec.params.set("timeout", Nanos(10ms)); });
  PaperWire wire;
  wire.advance(1s);
  wire.arm(fault.link_fault());
  wire.advance(10ms - 1ns);
  wire.send(Side::client, "still here");
  EXPECT_EQ(wire.got(Side::server), "still here");
  wire.advance(1ns);
  EXPECT_TRUE(wire.both_reset());
  EXPECT_EQ(fault.hits(), 1U);
}

TEST(ResetPeer, ANewConnectionIsDialledAndLivesForTheTimeout) {
  ArmedKind fault(reset_peer_kind, [](FaultSpec& spec) { spec.params.set("timeout", Nanos(10ms)); });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  EXPECT_TRUE(wire.dialled());
  wire.advance(10ms);
  EXPECT_TRUE(wire.both_reset());
}

TEST(Refuse, StrikesNewConnectionsOnly) {
  ArmedKind fault(refuse_kind);
  PaperWire open_one;
  open_one.arm(fault.link_fault());
  EXPECT_FALSE(open_one.over());
  PaperWire new_one({{fault.link_fault(), Direction::both}});
  EXPECT_TRUE(new_one.both_reset());
  EXPECT_FALSE(new_one.dialled());
  EXPECT_EQ(fault.hits(), 1U);
}

TEST(Timeout, SwallowsThenCloses) {
  ArmedKind fault(timeout_kind, [](FaultSpec& spec) { spec.params.set("timeout", Nanos(10ms)); });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  wire.send(Side::client, "lost");
  EXPECT_EQ(wire.got(Side::server), "");
  EXPECT_FALSE(wire.over());
  wire.advance(10ms);
  EXPECT_TRUE(wire.over());
  EXPECT_FALSE(wire.both_reset());
  EXPECT_EQ(fault.hits(), 5U) << "four bytes and a close";
}

TEST(Timeout, OfABusyConnectionStartsAnew) {
  ArmedKind fault(timeout_kind, [](FaultSpec& spec) { spec.params.set("timeout", Nanos(10ms)); });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  for (int i = 0; i < 10; ++i) {
    wire.advance(9ms);
    wire.send(i % 2 == 0 ? Side::client : Side::server, "x");
  }
  wire.advance(10ms - 1ns);
  EXPECT_FALSE(wire.over());
  wire.advance(1ns);
  EXPECT_TRUE(wire.over());
}

TEST(Timeout, EndsEveryConnectionWhenItHeals) {
  ArmedKind fault(timeout_kind, [](FaultSpec& spec) { spec.params.set("timeout", Nanos(1h)); });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  wire.disarm(fault.link_fault());
  EXPECT_TRUE(wire.both_reset()) << "although nothing was sent";
}

TEST(Deadline, EndsABusyConnectionInOrder) {
  ArmedKind fault(deadline_kind, [](FaultSpec& spec) { spec.params.set("deadline", Nanos(10ms)); });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  for (int i = 0; i < 9; ++i) {
    wire.advance(1ms);
    wire.send(Side::client, "x");
  }
  wire.advance(1ms - 1ns);
  EXPECT_FALSE(wire.over());
  EXPECT_EQ(wire.got(Side::server), "xxxxxxxxx");
  wire.advance(1ns);
  EXPECT_TRUE(wire.over());
  EXPECT_FALSE(wire.both_reset());
  EXPECT_EQ(fault.hits(), 1U);
}

TEST(Deadline, SwallowsAndResetsWhenAskedTo) {
  ArmedKind fault(deadline_kind, [](FaultSpec& spec) {
    spec.params.set("deadline", Nanos(10ms));
    spec.params.set("swallow", true);
    spec.params.set("end", std::string("reset"));
  });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  wire.send(Side::client, "lost");
  EXPECT_EQ(wire.got(Side::server), "");
  wire.advance(10ms);
  EXPECT_TRUE(wire.both_reset());
  EXPECT_EQ(fault.hits(), 5U);
}

TEST(Deadline, HealedInTimeSparesWhoLostNothing) {
  ArmedKind fault(deadline_kind, [](FaultSpec& spec) { spec.params.set("deadline", Nanos(10ms)); });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  wire.send(Side::client, "kept");
  wire.disarm(fault.link_fault());
  wire.advance(1h);
  EXPECT_FALSE(wire.over());
  EXPECT_EQ(wire.got(Side::server), "kept");
}

TEST(Timeout, OfZeroNeverCloses) {
  ArmedKind fault(timeout_kind);
  PaperWire wire({{fault.link_fault(), Direction::both}});
  wire.advance(1h);
  EXPECT_FALSE(wire.over());
  wire.send(Side::server, "lost");
  wire.disarm(fault.link_fault());
  EXPECT_TRUE(wire.both_reset());
}

TEST(SlowClose, DelaysTheEndAndNotTheBytes) {
  ArmedKind fault(slow_close_kind, [](FaultSpec& spec) { spec.params.set("delay", Nanos(10ms)); });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  wire.send(Side::client, "bye");
  wire.fin(Side::client);
  EXPECT_EQ(wire.got(Side::server), "bye");
  wire.advance(10ms - 1ns);
  EXPECT_EQ(wire.end(Side::server), Flow::End::none);
  wire.advance(1ns);
  EXPECT_EQ(wire.end(Side::server), Flow::End::fin);
  EXPECT_EQ(fault.hits(), 1U);
}

/// Whatever the chunking: exactly so many bytes, then the end.
RC_GTEST_PROP(LimitData, IsExactToTheByte, ()) {
  const auto limit = *rc::gen::inRange<std::uint64_t>(0, 300);
  const bool resets = *rc::gen::arbitrary<bool>();
  ArmedKind fault(limit_data_kind, [&](FaultSpec& spec) {
    spec.params.set("bytes", limit);
    spec.params.set("end", std::string(resets ? "reset" : "fin"));
  });
  PaperWire wire({{fault.link_fault(), Direction::upstream}});
  std::string sent;
  while (sent.size() <= limit && !wire.over()) {
    wire.limit(Side::server, *rc::gen::inRange<std::size_t>(0, 100));
    const std::string bytes(*rc::gen::inRange<std::size_t>(1, 100), static_cast<char>('a' + sent.size() % 26));
    sent += bytes;
    wire.send(Side::client, bytes);
    RC_ASSERT(wire.got(Side::server).size() <= limit);
  }
  wire.limit(Side::server, SIZE_MAX);
  wire.pump();
  RC_ASSERT(wire.got(Side::server) == sent.substr(0, limit));
  RC_ASSERT(wire.both_reset() == resets);
  RC_ASSERT(resets || wire.end(Side::server) == Flow::End::fin);
  RC_ASSERT(fault.hits() == 1U);
}

/// Never more than the rate and two quanta of 5 ms at any time, and all of it in the end.
RC_GTEST_PROP(Bandwidth, NeverExceedsItsRate, ()) {
  const auto rate = *rc::gen::inRange<std::uint64_t>(1000, 100000);
  ArmedKind fault(bandwidth_kind, [&](FaultSpec& spec) { spec.params.set("rate", rate); });
  PaperWire wire({{fault.link_fault(), Direction::upstream}});
  std::string sent;
  for (int i = 0; i < 20; ++i) {
    const std::string bytes(*rc::gen::inRange<std::size_t>(1, 2000), static_cast<char>('a' + i));
    sent += bytes;
    wire.send(Side::client, bytes);
    wire.advance(Nanos(*rc::gen::inRange<std::int64_t>(0, 20'000'000)));
    const double allowed = static_cast<double>(rate) * (static_cast<double>(wire.now().count()) / 1e9 + 0.010) + 2;
    RC_ASSERT(static_cast<double>(wire.got(Side::server).size()) <= allowed);
  }
  wire.advance(std::chrono::seconds(60));
  RC_ASSERT(wire.got(Side::server) == sent);
}

TEST(Bandwidth, OfNothingLetsNothingPass) {
  ArmedKind fault(bandwidth_kind, [](FaultSpec& spec) { spec.params.set("rate", std::uint64_t{0}); });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  wire.send(Side::client, "a");
  wire.advance(1h);
  EXPECT_EQ(wire.got(Side::server), "");
  wire.disarm(fault.link_fault());
  EXPECT_EQ(wire.got(Side::server), "a");
}

RC_GTEST_PROP(Slicer, ChangesPiecesAndNotTheStream, ()) {
  ArmedKind fault(slicer_kind, [](FaultSpec& spec) {
    spec.params.set("size", *rc::gen::inRange<std::uint64_t>(0, 20));
    spec.params.set("variation", *rc::gen::inRange<std::uint64_t>(0, 10));
    spec.params.set("delay", Nanos(*rc::gen::inRange<std::int64_t>(0, 100)));
  });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  std::string sent;
  for (int i = 0; i < 10; ++i) {
    const std::string bytes(*rc::gen::inRange<std::size_t>(1, 100), static_cast<char>('a' + i));
    sent += bytes;
    wire.send(Side::client, bytes);
    wire.advance(Nanos(*rc::gen::inRange<std::int64_t>(0, 200)));
  }
  wire.advance(1s);
  RC_ASSERT(wire.got(Side::server) == sent);
}

TEST(Slicer, PausesBetweenPiecesOfOneDirection) {
  ArmedKind fault(slicer_kind, [](FaultSpec& spec) {
    spec.params.set("size", std::uint64_t{2});
    spec.params.set("delay", Nanos(1ms));
  });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  wire.send(Side::client, "abcde");
  wire.send(Side::server, "12");
  EXPECT_EQ(wire.got(Side::server), "ab");
  EXPECT_EQ(wire.got(Side::client), "12");
  wire.advance(1ms);
  EXPECT_EQ(wire.got(Side::server), "abcd");
  wire.advance(1ms);
  EXPECT_EQ(wire.got(Side::server), "abcde");
  EXPECT_EQ(fault.hits(), 2U);
}

std::string corrupted(const std::vector<std::size_t>& cuts, const std::string& text) {
  ArmedKind fault(corrupt_kind, [](FaultSpec& spec) { spec.params.set("per_byte", 0.05); });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    wire.send(Side::client, std::string_view(text).substr(begin, cut - begin));
    begin = cut;
  }
  wire.send(Side::client, std::string_view(text).substr(begin));
  std::size_t changed = 0;
  for (std::size_t i = 0; i < text.size(); ++i) changed += text[i] != wire.got(Side::server)[i] ? 1 : 0;
  EXPECT_EQ(changed, fault.hits());
  EXPECT_GT(changed, 0U);
  return wire.got(Side::server);
}

TEST(Corrupt, FlipsTheSameBitsHoweverTheStreamWasCut) {
  const std::string text(1000, 'x');
  EXPECT_EQ(corrupted({}, text), corrupted({1, 17, 500}, text));
}

TEST(Corrupt, FlipsAtTheRateItWasGiven) {
  for (const double rate : {0.0, 0.01, 1.0}) {
    ArmedKind fault(corrupt_kind, [&](FaultSpec& spec) { spec.params.set("per_byte", rate); });
    PaperWire wire({{fault.link_fault(), Direction::both}});
    wire.send(Side::client, std::string(100'000, 'x'));
    EXPECT_NEAR(static_cast<double>(fault.hits()), 100'000 * rate, 100'000 * rate * (1 - rate) * 0.15) << rate;
  }
}

TEST(Corrupt, AtOneByteStrikesThatByteAlone) {
  ArmedKind fault(corrupt_kind, [](FaultSpec& spec) { spec.params.set("at", std::int64_t{3}); });
  PaperWire wire({{fault.link_fault(), Direction::upstream}});
  wire.send(Side::client, "ab");
  wire.send(Side::client, "cd");
  EXPECT_EQ(wire.got(Side::server).size(), 4U);
  EXPECT_EQ(wire.got(Side::server).substr(0, 2), "ab");
  EXPECT_NE(wire.got(Side::server)[2], 'c');
  EXPECT_EQ(wire.got(Side::server)[3], 'd');
  EXPECT_EQ(fault.hits(), 1U);
}

}  // namespace
}  // namespace stormproof
