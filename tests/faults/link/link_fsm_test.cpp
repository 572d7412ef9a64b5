#include "faults/link/link_fsm.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/faults/link/kind_under_test.h"
#include "tests/faults/link/paper_wire.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;

ArmedKind latency(Nanos delay, Nanos jitter = {}, double probability = 1) {
  return ArmedKind(latency_kind, [&](FaultSpec& spec) {
    spec.params.set("latency", delay);
    spec.params.set("jitter", jitter);
    spec.probability = probability;
  });
}

TEST(LinkFsm, NoFaultLeavesBytesAlone) {
  PaperWire wire;
  wire.send(Side::client, "hello");
  wire.send(Side::server, "world");
  EXPECT_EQ(wire.got(Side::server), "hello");
  EXPECT_EQ(wire.got(Side::client), "world");
  EXPECT_EQ(wire.fsm().next_due(), Nanos::max());
  EXPECT_TRUE(wire.fsm().transparent(Side::client));
}

TEST(LinkFsm, HalfCloseStillDrainsTheOtherDirection) {
  PaperWire wire;
  wire.send(Side::client, "request");
  wire.fin(Side::client);
  EXPECT_EQ(wire.end(Side::server), Flow::End::fin);
  EXPECT_FALSE(wire.over());
  wire.send(Side::server, "reply");
  EXPECT_EQ(wire.got(Side::client), "reply");
  wire.fin(Side::server);
  EXPECT_EQ(wire.end(Side::client), Flow::End::fin);
  EXPECT_TRUE(wire.over());
}

TEST(LinkFsm, FinComesAfterTheLastByteTheSinkTook) {
  PaperWire wire;
  wire.limit(Side::server, 3);
  wire.send(Side::client, "hello");
  wire.fin(Side::client);
  EXPECT_EQ(wire.got(Side::server), "hel");
  EXPECT_EQ(wire.end(Side::server), Flow::End::none);
  wire.limit(Side::server, 100);
  wire.pump();
  EXPECT_EQ(wire.got(Side::server), "hello");
  EXPECT_EQ(wire.end(Side::server), Flow::End::fin);
}

TEST(LinkFsm, ResetGoesThroughAsResetAndEndsTheConnection) {
  PaperWire wire;
  wire.limit(Side::client, 0);
  wire.send(Side::server, "never read");
  wire.rst(Side::server);
  EXPECT_EQ(wire.end(Side::client), Flow::End::reset) << "a reset does not wait for a sink that does not read";
  EXPECT_TRUE(wire.over());
}

TEST(LinkFsm, ResetAfterHalfCloseStillGoesThrough) {
  PaperWire wire;
  wire.fin(Side::client);
  wire.rst(Side::client);
  EXPECT_EQ(wire.end(Side::server), Flow::End::reset);
  EXPECT_TRUE(wire.over());
}

TEST(LinkFsm, RefusedUpstreamResetsTheClient) {
  FaultChain chain;
  LinkFsm fsm(chain, 1, {});
  fsm.advance({});
  ASSERT_TRUE(fsm.wants_dial());
  fsm.on_dial_started();
  EXPECT_FALSE(fsm.wants_dial());
  fsm.on_dial_failed();
  EXPECT_TRUE(fsm.wants_reset());
}

TEST(LinkFsm, WhatTheClientSendsBeforeTheDialIsOverIsKept) {
  FaultChain chain;
  LinkFsm fsm(chain, 1, {});
  fsm.on_bytes(Side::client, bytes_of("early"), {});
  fsm.on_fin(Side::client, {});
  fsm.advance({});
  EXPECT_TRUE(fsm.output(Side::server).empty());
  EXPECT_EQ(fsm.end_due(Side::server), Flow::End::none);
  fsm.on_dial_started();
  fsm.on_dialled();
  EXPECT_EQ(fsm.output(Side::server).size(), 5U);
  fsm.on_written(Side::server, 5);
  EXPECT_EQ(fsm.end_due(Side::server), Flow::End::fin);
}

TEST(LinkFsm, ASinkThatDoesNotReadStopsTheSource) {
  PaperWire wire;
  wire.limit(Side::server, 0);
  const std::string block(16384, 'x');
  std::size_t sent = 0;
  for (int i = 0; i < 1000 && wire.fsm().room(Side::client) > 0; ++i) {
    const std::size_t now = std::min(block.size(), wire.fsm().room(Side::client));
    wire.send(Side::client, std::string_view(block).substr(0, now));
    sent += now;
  }
  EXPECT_EQ(wire.fsm().room(Side::client), 0U);
  EXPECT_LE(sent, Flow::kMaxBuffered);
  EXPECT_GT(wire.fsm().room(Side::server), 0U) << "the other direction is free";
  wire.limit(Side::server, SIZE_MAX);
  wire.pump();
  EXPECT_EQ(wire.got(Side::server).size(), sent);
  EXPECT_GT(wire.fsm().room(Side::client), 0U);
}

TEST(LinkFsm, SingleBytesDoNotEscapeTheBound) {
  auto held = ArmedKind(partition_kind);
  PaperWire wire;
  wire.arm(held.link_fault());
  std::size_t sent = 0;
  for (; wire.fsm().room(Side::client) > 0; ++sent) wire.send(Side::client, "x");
  EXPECT_LE(sent * Flow::kChunkCost, Flow::kMaxBuffered);
}

TEST(Latency, IsNeverEarlyAndKeepsTheOrder) {
  auto slow = latency(50ms, 20ms);
  PaperWire wire({{slow.link_fault(), Direction::both}});
  wire.send(Side::client, "a");
  wire.advance(1ms);
  wire.send(Side::client, "b");
  wire.advance(28ms);
  EXPECT_EQ(wire.got(Side::server), "") << "no chunk is faster than latency - jitter";
  wire.advance(43ms);
  EXPECT_EQ(wire.got(Side::server), "ab") << "none slower than latency + jitter";
  EXPECT_EQ(slow.hits(), 2U);
}

TEST(Latency, DelaysTheEndOfTheStreamButCountsNoHitForIt) {
  auto slow = latency(10ms);
  PaperWire wire({{slow.link_fault(), Direction::downstream}});
  wire.fin(Side::client);
  EXPECT_EQ(wire.end(Side::server), Flow::End::fin) << "the other direction is not its business";
  wire.fin(Side::server);
  EXPECT_EQ(wire.end(Side::client), Flow::End::none);
  wire.advance(10ms);
  EXPECT_EQ(wire.end(Side::client), Flow::End::fin);
  EXPECT_EQ(slow.hits(), 0U);
}

TEST(Latency, HealStopsItAtOnce) {
  auto slow = latency(1h);
  PaperWire wire({{slow.link_fault(), Direction::both}});
  wire.send(Side::client, "a");
  wire.advance(1min);
  EXPECT_EQ(wire.got(Side::server), "");
  wire.disarm(slow.link_fault());
  EXPECT_EQ(wire.got(Side::server), "a");
  EXPECT_FALSE(wire.over());
}

TEST(Latency, TwoOfThemAddUp) {
  auto first = latency(10ms);
  auto second = latency(5ms);
  PaperWire wire({{first.link_fault(), Direction::both}, {second.link_fault(), Direction::both}});
  wire.send(Side::client, "a");
  wire.advance(3ms);
  wire.send(Side::client, "b");
  wire.advance(12ms - 1ns);
  EXPECT_EQ(wire.got(Side::server), "");
  wire.advance(1ns);
  EXPECT_EQ(wire.got(Side::server), "a");
  wire.advance(3ms);
  EXPECT_EQ(wire.got(Side::server), "ab") << "delays of successive chunks overlap, as on a real path";
}

TEST(Latency, JitterDependsOnThePlanAndThePlaceOnly) {
  auto once = latency(50ms, 20ms);
  auto again = latency(50ms, 20ms);
  bool varies = false;
  Nanos last{};
  for (std::uint64_t offset = 0; offset < 50; ++offset) {
    const ChunkView chunk{.connection = 3, .offset = offset, .size = 1};
    const Nanos due = once.link_fault()->on_chunk(chunk, {}).until;
    EXPECT_EQ(due, again.link_fault()->on_chunk(chunk, {}).until);
    varies = varies || (offset > 0 && due != last);
    last = due;
  }
  EXPECT_TRUE(varies);
}

TEST(Partition, HoldsWhatWasSentAndDeliversItWhenHealed) {
  auto cut = ArmedKind(partition_kind);
  PaperWire wire;
  wire.arm(cut.link_fault());
  wire.send(Side::client, "question");
  wire.send(Side::server, "news");
  wire.advance(1h);
  EXPECT_EQ(wire.got(Side::server) + wire.got(Side::client), "");
  EXPECT_EQ(cut.hits(), 2U);
  wire.disarm(cut.link_fault());
  EXPECT_EQ(wire.got(Side::server), "question");
  EXPECT_EQ(wire.got(Side::client), "news");
  EXPECT_FALSE(wire.over());
}

TEST(Partition, OfOneDirectionLeavesTheOtherAlone) {
  auto cut = ArmedKind(partition_kind);
  PaperWire wire;
  wire.arm(cut.link_fault(), Direction::upstream);
  wire.send(Side::client, "question");
  wire.send(Side::server, "news");
  EXPECT_EQ(wire.got(Side::server), "");
  EXPECT_EQ(wire.got(Side::client), "news");
}

TEST(Partition, NobodyLearnsOfTheOthersDeathUntilItHeals) {
  auto cut = ArmedKind(partition_kind);
  PaperWire wire;
  wire.arm(cut.link_fault());
  wire.rst(Side::client);
  wire.advance(1h);
  EXPECT_EQ(wire.end(Side::server), Flow::End::none);
  EXPECT_FALSE(wire.over());
  wire.disarm(cut.link_fault());
  EXPECT_EQ(wire.end(Side::server), Flow::End::reset);
  EXPECT_TRUE(wire.over());
}

TEST(Partition, NewConnectionsReachNobodyUntilItHeals) {
  auto cut = ArmedKind(partition_kind);
  PaperWire wire({{cut.link_fault(), Direction::upstream}});
  wire.send(Side::client, "hello");
  wire.advance(1h);
  EXPECT_FALSE(wire.dialled());
  EXPECT_EQ(cut.hits(), 2U) << "a connect and a chunk";
  wire.disarm(cut.link_fault());
  EXPECT_TRUE(wire.dialled());
  EXPECT_EQ(wire.got(Side::server), "hello");
}

TEST(Partition, ArmedBehindLatencyHoldsWhatLatencyLetsPass) {
  auto slow = latency(10ms);
  auto cut = ArmedKind(partition_kind);
  PaperWire wire({{slow.link_fault(), Direction::both}});
  wire.send(Side::client, "a");
  wire.arm(cut.link_fault());
  wire.advance(20ms);
  EXPECT_EQ(wire.got(Side::server), "");
  wire.disarm(cut.link_fault());
  EXPECT_EQ(wire.got(Side::server), "a");
}

TEST(Blackhole, SwallowsBytesAndResetsOnHealWhatLostSome) {
  auto hole = ArmedKind(blackhole_kind);
  PaperWire wire;
  wire.send(Side::client, "before ");
  wire.arm(hole.link_fault());
  wire.send(Side::client, "lost");
  wire.advance(1h);
  EXPECT_EQ(wire.got(Side::server), "before ");
  EXPECT_EQ(hole.hits(), 4U);
  EXPECT_FALSE(wire.over());
  wire.disarm(hole.link_fault());
  EXPECT_TRUE(wire.both_reset());
}

TEST(Blackhole, LeavesAConnectionThatLostNothingAlone) {
  auto hole = ArmedKind(blackhole_kind);
  PaperWire wire;
  wire.arm(hole.link_fault());
  wire.disarm(hole.link_fault());
  wire.send(Side::client, "after");
  EXPECT_EQ(wire.got(Side::server), "after");
  EXPECT_EQ(hole.hits(), 0U);
}

TEST(Blackhole, AServerDoesNotLearnThatItsClientDied) {
  auto hole = ArmedKind(blackhole_kind);
  PaperWire wire;
  wire.arm(hole.link_fault());
  wire.rst(Side::client);
  EXPECT_EQ(wire.end(Side::server), Flow::End::none);
  EXPECT_FALSE(wire.over());
}

/// Does with its n-th chunk what the n-th action says, then forwards.
class Scripted final : public LinkFault {
 public:
  explicit Scripted(std::vector<LinkAction> script) : script_(std::move(script)) {}
  LinkAction on_chunk(const ChunkView& chunk, Nanos) override {
    seen.push_back(chunk);
    return asked_ < script_.size() ? script_[asked_++] : LinkAction::forward();
  }
  std::uint64_t hits() const override { return asked_; }
  std::vector<ChunkView> seen;

 private:
  std::vector<LinkAction> script_;
  std::size_t asked_ = 0;
};

TEST(Flow, SplitForwardsTheFirstBytesAndAsksAgainForTheRest) {
  auto script = std::make_shared<Scripted>(std::vector{LinkAction::split(2, 5ms), LinkAction::split(1, 0ns)});
  PaperWire wire({{script, Direction::upstream}});
  wire.send(Side::client, "abcde");
  EXPECT_EQ(wire.got(Side::server), "ab");
  wire.advance(5ms);
  EXPECT_EQ(wire.got(Side::server), "abcde");
  ASSERT_EQ(script->seen.size(), 3U);
  EXPECT_EQ(script->seen[1].offset, 2U);
  EXPECT_EQ(script->seen[2].offset, 3U);
  EXPECT_EQ(script->seen[2].size, 2U);
  EXPECT_FALSE(script->seen[0].again);
  EXPECT_TRUE(script->seen[2].again);
}

TEST(Flow, HalfCloseVerbSendsFinAfterWhatWasForwardedAndDiscardsTheRest) {
  auto script = std::make_shared<Scripted>(std::vector{LinkAction::split(3, 0ns), LinkAction::half_close()});
  PaperWire wire({{script, Direction::upstream}});
  wire.send(Side::client, "abcde");
  wire.send(Side::client, "fgh");
  EXPECT_EQ(wire.got(Side::server), "abc");
  EXPECT_EQ(wire.end(Side::server), Flow::End::fin);
  wire.send(Side::server, "reply");
  EXPECT_EQ(wire.got(Side::client), "reply");
  EXPECT_GT(wire.fsm().room(Side::client), 0U) << "the source is still read, so that it does not block";
}

TEST(Flow, ResetVerbEndsBothSides) {
  auto script = std::make_shared<Scripted>(std::vector{LinkAction::reset()});
  PaperWire wire({{script, Direction::downstream}});
  wire.send(Side::client, "fine");
  EXPECT_FALSE(wire.over());
  wire.send(Side::server, "boom");
  EXPECT_TRUE(wire.both_reset());
  EXPECT_EQ(wire.got(Side::client), "");
}

TEST(Flow, RepeatVerbForwardsTheFirstBytesTwiceAndAsksAgainForTheRest) {
  auto script = std::make_shared<Scripted>(std::vector{LinkAction::repeat(2), LinkAction::repeat(9)});
  PaperWire wire({{script, Direction::upstream}});
  wire.send(Side::client, "abcde");
  EXPECT_EQ(wire.got(Side::server), "ababcdecde");
  ASSERT_EQ(script->seen.size(), 2U);
  EXPECT_EQ(script->seen[1].offset, 2U);
}

/// Strikes connections from some entrance only, and says what it was asked.
class Picky final : public LinkFault {
 public:
  explicit Picky(bool strikes, bool sees) : strikes_(strikes), sees_(sees) {}
  bool strikes(const ConnectionView&) override {
    ++draws;
    return strikes_;
  }
  bool sees_chunks() const override { return sees_; }
  LinkAction on_connection(const ConnectionView&, Nanos) override {
    ++asked;
    return LinkAction::forward();
  }
  LinkAction on_chunk(const ChunkView&, Nanos) override {
    ++asked;
    return LinkAction::hold();
  }
  std::uint64_t hits() const override { return 0; }
  int draws = 0;
  int asked = 0;

 private:
  bool strikes_;
  bool sees_;
};

TEST(LinkFsm, AFaultThatSparesAConnectionCostsItNothing) {
  auto spares = std::make_shared<Picky>(false, true);
  PaperWire wire({{spares, Direction::both}});
  wire.arm(std::make_shared<Picky>(false, true));
  wire.send(Side::client, "hello");
  EXPECT_EQ(wire.got(Side::server), "hello");
  EXPECT_TRUE(wire.fsm().transparent(Side::client));
  EXPECT_EQ(spares->draws, 1);
  EXPECT_EQ(spares->asked, 0);
}

TEST(LinkFsm, AFaultThatLooksAtNoBytesLeavesThemTransparent) {
  auto blind = std::make_shared<Picky>(true, false);
  PaperWire wire;
  wire.arm(blind);
  wire.send(Side::client, "hello");
  EXPECT_EQ(wire.got(Side::server), "hello");
  EXPECT_TRUE(wire.fsm().transparent(Side::client));
  EXPECT_EQ(blind->asked, 1) << "about the connection";
}

TEST(LinkFsm, WhatLiesInAPipeComesBeforeEverythingElse) {
  PaperWire wire;
  wire.fsm().on_piped(Side::client, 10);
  EXPECT_EQ(wire.fsm().room(Side::client), 0U);
  wire.fin(Side::client);
  wire.fin(Side::server);
  EXPECT_FALSE(wire.fsm().finished());
  wire.fsm().on_unpiped(Side::client, 10);
  EXPECT_EQ(wire.fsm().forwarded(Side::client), 10U);
  EXPECT_TRUE(wire.over());
}

TEST(LinkFsm, ADelayedStreamMayHoldMoreThanAStalledOne) {
  auto slow = latency(10ms);
  PaperWire wire({{slow.link_fault(), Direction::both}});
  wire.send(Side::client, "a");
  EXPECT_GT(wire.fsm().room(Side::client), Flow::kMaxBuffered);
  auto cut = ArmedKind(partition_kind);
  wire.arm(cut.link_fault());
  wire.advance(10ms);
  EXPECT_LT(wire.fsm().room(Side::client), Flow::kMaxBuffered);
}

/// For any streams, chunking and changes of faults that only delay: what comes out is what went in.
RC_GTEST_PROP(LinkFsm, DelayingFaultsNeverChangeTheStream, ()) {
  std::vector<std::unique_ptr<ArmedKind>> kinds;
  for (int i = 0; i < 2; ++i) {
    const Nanos delay(*rc::gen::inRange<std::int64_t>(0, 5000));
    const Nanos jitter(*rc::gen::inRange<std::int64_t>(0, 5000));
    kinds.emplace_back(new ArmedKind(latency(delay, jitter)));
    kinds.push_back(std::make_unique<ArmedKind>(partition_kind));
  }
  kinds.push_back(std::make_unique<ArmedKind>(
      slicer_kind, [](FaultSpec& spec) { spec.params.set("size", *rc::gen::inRange<std::uint64_t>(1, 100)); }));
  kinds.push_back(std::make_unique<ArmedKind>(bandwidth_kind, [](FaultSpec& spec) {
    spec.params.set("rate", *rc::gen::inRange<std::uint64_t>(1, 1U << 30U));
  }));
  kinds.push_back(std::make_unique<ArmedKind>(half_open_kind));
  kinds.push_back(std::make_unique<ArmedKind>(packet_loss_kind, [](FaultSpec& spec) {
    spec.params.set("loss_rate", 0.5);
    spec.params.set("rto", Nanos(*rc::gen::inRange<std::int64_t>(0, 2000)));
  }));
  std::vector<bool> armed(kinds.size(), false);
  PaperWire wire;
  std::array<std::string, 2> sent;
  char next = 0;
  const int steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; ++step) {
    const auto side = *rc::gen::element(Side::client, Side::server);
    switch (*rc::gen::inRange(0, 5)) {
      case 0: {
        std::string bytes(*rc::gen::inRange<std::size_t>(1, 300), ' ');
        for (char& byte : bytes) byte = ++next;
        sent[static_cast<std::size_t>(opposite(side))] += bytes;
        wire.send(side, bytes);
        break;
      }
      case 1: {
        const auto which = *rc::gen::inRange<std::size_t>(0, kinds.size());
        if (armed[which]) {
          wire.disarm(kinds[which]->link_fault());
        } else {
          wire.arm(kinds[which]->link_fault(), *rc::gen::element(Direction::both, Direction::upstream));
        }
        armed[which] = !armed[which];
        break;
      }
      case 2: wire.limit(side, *rc::gen::inRange<std::size_t>(0, 200)); break;
      default: wire.advance(Nanos(*rc::gen::inRange<std::int64_t>(1, 4000))); break;
    }
    for (const Side at : {Side::client, Side::server}) {
      RC_ASSERT(sent[static_cast<std::size_t>(at)].starts_with(wire.got(at)));
    }
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (armed[i]) wire.disarm(kinds[i]->link_fault());
  }
  wire.limit(Side::client, SIZE_MAX);
  wire.limit(Side::server, SIZE_MAX);
  wire.fin(Side::client);
  wire.fin(Side::server);
  RC_ASSERT(wire.got(Side::server) == sent[1]);
  RC_ASSERT(wire.got(Side::client) == sent[0]);
  RC_ASSERT(wire.end(Side::server) == Flow::End::fin);
  RC_ASSERT(wire.over());
}

}  // namespace
}  // namespace stormproof
