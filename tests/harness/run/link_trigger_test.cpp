/// Triggers on a fault's own link: on paper with any chunking, and through a real proxy under a real director.
#include "harness/run/link_trigger.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "harness/history/history_reader.h"
#include "harness/run/fault_director.h"
#include "tests/faults/link/live_link.h"
#include "tests/faults/link/paper_wire.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;
using Kind = TriggerSpec::Kind;
using End = TestSocket::End;

TriggerSpec counted(Kind kind, std::int64_t count, std::int64_t connection = 0) {
  TriggerSpec when;
  when.kind = kind;
  when.count = count;
  when.connection = connection;
  when.link = "feed";
  return when;
}

std::shared_ptr<LinkTrigger> trigger(const TriggerSpec& when, const FaultKind& kind, int* told = nullptr) {
  return std::make_shared<LinkTrigger>(when, kind.make_link(planned_on_link(kind)), [told] {
    if (told != nullptr) ++*told;
  });
}

std::string numbered(std::size_t from, std::size_t size) {
  std::string bytes(size, ' ');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (from + i) % 26);
  return bytes;
}

/// Sends in pieces of any size until the connection is over or 400 bytes are sent.
std::string send_in_pieces(PaperWire& wire, Side from) {
  std::string sent;
  while (sent.size() < 400 && !wire.over()) {
    const std::string bytes = numbered(sent.size(), *rc::gen::inRange<std::size_t>(1, 90));
    sent += bytes;
    wire.send(from, bytes);
    wire.advance(1ms);
  }
  return sent;
}

RC_GTEST_PROP(LinkTrigger, AResetStrikesAfterExactlySoManyBytes, ()) {
  const auto count = *rc::gen::inRange<std::int64_t>(1, 300);
  int told = 0;
  const auto fault = trigger(counted(Kind::bytes, count), reset_peer_kind, &told);
  PaperWire wire({{fault, Direction::downstream}});
  wire.send(Side::client, std::string(1000, 'u'));  // not the fault's direction
  const std::string sent = send_in_pieces(wire, Side::server);
  RC_ASSERT(wire.both_reset());
  RC_ASSERT(wire.got(Side::client) == sent.substr(0, static_cast<std::size_t>(count)));
  RC_ASSERT(told == 1);
  RC_ASSERT(fault->hits() == 1U);
}

RC_GTEST_PROP(LinkTrigger, APartitionStrikesAfterExactlySoManyBytesOfBothDirections, ()) {
  const auto count = *rc::gen::inRange<std::int64_t>(1, 300);
  const auto fault = trigger(counted(Kind::bytes, count), partition_kind);
  PaperWire wire({{fault, Direction::both}});
  std::array<std::string, 2> sent;
  for (int i = 0; i < 200; ++i) {
    const Side from = *rc::gen::element(Side::client, Side::server);
    std::string& all = sent[from == Side::client ? 1 : 0];
    const std::string bytes = numbered(all.size(), *rc::gen::inRange<std::size_t>(1, 20));
    all += bytes;
    wire.send(from, bytes);
  }
  RC_ASSERT(wire.got(Side::client).size() + wire.got(Side::server).size() == static_cast<std::size_t>(count));
  RC_ASSERT(fault->hits() > 0U);
  wire.disarm(fault);
  RC_ASSERT(wire.got(Side::server) == sent[1]);
  RC_ASSERT(wire.got(Side::client) == sent[0]);
}

TEST(LinkTrigger, CountsWhatAConnectionCarriedBeforeItWasArmed) {
  const auto fault = trigger(counted(Kind::bytes, 10), blackhole_kind);
  PaperWire wire;
  wire.send(Side::client, "12345678");
  wire.arm(fault, Direction::upstream);
  wire.send(Side::client, "90x");
  EXPECT_EQ(wire.got(Side::server), "1234567890");
  EXPECT_EQ(fault->hits(), 1U);
}

TEST(LinkTrigger, StrikesOneConnectionAndSparesTheOthers) {
  const auto fault = trigger(counted(Kind::bytes, 10, 3), blackhole_kind);
  for (std::uint64_t connection = 1; connection <= 4; ++connection) {
    EXPECT_EQ(fault->strikes({.connection = connection}), connection == 3);
  }
}

TEST(LinkTrigger, AFaultThatActsOnIdleConnectionsIsAskedWhenFaultsChange) {
  const auto fault = trigger(counted(Kind::connections, 2), reset_peer_kind);
  PaperWire first({{fault, Direction::both}});
  first.advance(5ms);
  EXPECT_FALSE(first.over());
  const ConnectionView second{.connection = 2};
  ASSERT_TRUE(fault->strikes(second));
  EXPECT_EQ(fault->on_connection(second, 5ms).verb, LinkAction::Verb::reset);
  EXPECT_EQ(fault->fired_at(), 5ms);
  first.arm(trigger(counted(Kind::bytes, 1), blackhole_kind));
  EXPECT_TRUE(first.both_reset());
}

TEST(LinkTrigger, ADelayedStrikeCountsFromTheTriggerAndNotFromTheArming) {
  PlannedFault planned = planned_on_link(reset_peer_kind);
  planned.spec.params.set("timeout", Nanos(10ms));
  const auto fault =
      std::make_shared<LinkTrigger>(counted(Kind::bytes, 3), reset_peer_kind.make_link(planned), nullptr);
  PaperWire wire({{fault, Direction::both}});
  wire.advance(50ms);
  wire.send(Side::client, "abc");
  wire.arm(trigger(counted(Kind::bytes, 1000), blackhole_kind));  // asks again
  wire.advance(10ms - 1ns);
  EXPECT_FALSE(wire.over());
  wire.advance(1ns);
  EXPECT_TRUE(wire.both_reset());
}

TEST(LinkTrigger, WithoutAFaultItOnlyTells) {
  int told = 0;
  const auto watch = std::make_shared<LinkTrigger>(counted(Kind::bytes, 3), nullptr, [&] { ++told; });
  PaperWire wire({{watch, Direction::both}});
  wire.send(Side::client, "ab");
  EXPECT_EQ(told, 0);
  wire.send(Side::client, "cdef");
  wire.send(Side::client, "ghi");
  EXPECT_EQ(wire.got(Side::server), "abcdefghi");
  EXPECT_EQ(told, 1);
  EXPECT_EQ(watch->hits(), 0U);
}

/// From there the fault's time is counted: one that is told too early would heal at once.
TEST(LinkTrigger, WhoIsToldCanAskSinceWhen) {
  std::shared_ptr<LinkTrigger> asked;
  Nanos since{-1};
  asked =
      std::make_shared<LinkTrigger>(counted(Kind::bytes, 5), partition_kind.make_link(planned_on_link(partition_kind)),
                                    [&] { since = asked->fired_at(); });
  PaperWire wire({{asked, Direction::both}});
  wire.advance(3ms);
  wire.send(Side::client, "0123456789");
  EXPECT_GE(since, Nanos{});
  EXPECT_EQ(since, asked->fired_at());
}

TEST(LinkTrigger, WhomTheFaultSparesCountsAndIsSpared) {
  PlannedFault planned = planned_on_link(blackhole_kind);
  planned.spec.probability = 0;
  const auto fault = std::make_shared<LinkTrigger>(counted(Kind::bytes, 3), blackhole_kind.make_link(planned), nullptr);
  PaperWire wire({{fault, Direction::both}});
  wire.send(Side::client, "abcdef");
  EXPECT_EQ(wire.got(Side::server), "abcdef");
  EXPECT_GE(fault->fired_at(), Nanos{});
  EXPECT_FALSE(fault->struck(1));
}

/// A director whose plan holds one fault on the link in front of an echoing server.
class LinkTriggerRun : public LiveLink {
 protected:
  void begin(const FaultKind& kind, const TriggerSpec& when, const std::function<void(FaultSpec&)>& adjust = {}) {
    set_up(kind, when, adjust);
    director_->begin();
  }
  /// As while targets are getting ready.
  void set_up(const FaultKind& kind, const TriggerSpec& when, const std::function<void(FaultSpec&)>& adjust = {}) {
    if (!host_) open(echo_.address());
    plan_.faults.push_back(planned_on_link(kind));
    plan_.faults.back().spec.when = when;
    if (adjust) adjust(plan_.faults.back().spec);
    auto created = HistoryWriter::create(dir_ / "history.bin", clock_);
    ASSERT_TRUE(created.ok());
    history_ = std::move(created).value();
    director_ = std::make_unique<FaultDirector>(
        plan_, fault_kinds(), FaultDirector::Parts{loop_, clock_, *history_, *history_, processes(), host_.get()});
  }
  /// What a client gets back of `size` bytes, and how that ended.
  TestSocket::Read exchange(std::size_t size) {
    TestSocket client = connect();
    std::thread writer([&] {
      client.send(pattern(size));
      client.finish_sending();
    });
    TestSocket::Read got = client.receive_all();
    writer.join();
    return got;
  }
  void run_until(const std::function<bool()>& done) {
    while (!done()) loop_.run_for(1ms);
  }
  /// The types and `by` of what the history holds about faults.
  std::vector<std::string> told() {
    EXPECT_TRUE(history_->close().ok());
    std::vector<std::string> words;
    const auto read = read_history(dir_ / "history.bin", [&](const EventView& event) {
      if (event.type == EventType::inject || event.type == EventType::heal) {
        words.push_back(std::string(to_string(event.type)) + ' ' + std::string(event.by));
      }
    });
    EXPECT_TRUE(read.ok());
    return words;
  }

  EchoServer echo_;
  TempDir dir_;
  EventLoop loop_;
  Plan plan_;
  std::unique_ptr<HistoryWriter> history_;
  std::unique_ptr<FaultDirector> director_;
};

TEST_F(LinkTriggerRun, ResetsTheThirdConnectionAfterItsFortyThousandthDownstreamByte) {
  begin(reset_peer_kind, counted(Kind::bytes, 40'000, 3),
        [](FaultSpec& spec) { spec.direction = Direction::downstream; });
  for (int connection = 1; connection <= 4; ++connection) {
    const TestSocket::Read got = exchange(100'000);
    EXPECT_EQ(got.bytes, pattern(100'000).substr(0, connection == 3 ? 40'000 : 100'000)) << connection;
    EXPECT_EQ(got.end, connection == 3 ? End::reset : End::fin) << connection;
  }
  run_until([&] { return director_->settled(); });
  const FaultSummary summary = director_->summaries().front();
  EXPECT_EQ(summary.hits, 1U);
  EXPECT_EQ(summary.when, "bytes = 40000, on = \"feed\", connection = 3");
  director_->close();
  EXPECT_EQ(told(), (std::vector<std::string>{"inject reset_peer", "heal reset_peer"}));
}

TEST_F(LinkTriggerRun, OfTheWholeLinkItStrikesEveryConnectionAndHealsAfterItsTime) {
  begin(reset_peer_kind, counted(Kind::bytes, 60'000), [](FaultSpec& spec) {
    spec.direction = Direction::upstream;
    spec.lasts = 20ms;
  });
  TestSocket idle = connect();
  ASSERT_TRUE(idle.send("hello"));
  ASSERT_EQ(idle.receive(5).bytes, "hello");
  TestSocket busy = connect();
  busy.send(pattern(59'995));
  EXPECT_EQ(busy.receive_all().end, End::reset) << "60,000 with those of the other connection";
  run_until([&] { return director_->in_force() == std::vector<std::string>{"reset_peer"}; });
  EXPECT_EQ(idle.receive(1).end, End::reset);
  run_until([&] { return director_->settled(); });
  EXPECT_EQ(exchange(10).bytes.size(), 10U);
  const FaultSummary summary = director_->summaries().front();
  EXPECT_EQ(summary.hits, 2U);
  EXPECT_GE(*summary.healed_at - *summary.injected_at, 20ms);
}

TEST_F(LinkTriggerRun, OfConnectionsItIsInForceBeforeTheFirstByteOfTheNth) {
  begin(refuse_kind, counted(Kind::connections, 3));
  EXPECT_EQ(exchange(100).bytes.size(), 100U);
  EXPECT_EQ(exchange(100).bytes.size(), 100U);
  const TestSocket::Read third = exchange(100);
  EXPECT_EQ(third.bytes, "");
  EXPECT_EQ(third.end, End::reset);
  run_until([&] { return director_->settled(); });
  director_->heal_all();
  EXPECT_EQ(exchange(100).bytes.size(), 100U);
}

TEST_F(LinkTriggerRun, WithADelayItStrikesThatMuchLater) {
  TriggerSpec when = counted(Kind::bytes, 10);
  when.delay = 20ms;
  begin(reset_peer_kind, when);
  TestSocket client = connect();
  client.send(pattern(100));
  EXPECT_EQ(client.receive(100).bytes.size(), 100U);
  const Nanos reached = clock_.now();
  run_until([&] { return director_->settled(); });
  EXPECT_GE(*director_->summaries().front().injected_at, reached);
  EXPECT_EQ(client.receive(1).end, End::reset);
}

TEST_F(LinkTriggerRun, AStrikeThatTheLoopDidNotSeeYetIsInTheBooks) {
  begin(reset_peer_kind, counted(Kind::bytes, 10));
  EXPECT_EQ(exchange(100).end, End::reset);
  director_->close();  // the loop never ran
  const FaultSummary summary = director_->summaries().front();
  EXPECT_TRUE(summary.fired);
  EXPECT_EQ(summary.hits, 1U);
  EXPECT_EQ(told(), (std::vector<std::string>{"inject reset_peer", "heal reset_peer"}));
}

TEST_F(LinkTriggerRun, ItStrikesAtTheSameByteWhileTargetsAreStillGettingReady) {
  plan_.faults.reserve(2);
  set_up(reset_peer_kind, counted(Kind::bytes, 40, 1), [this](FaultSpec& spec) {
    spec.lasts = 1ms;
    PlannedFault follower = planned_on_link(refuse_kind);
    follower.spec.when.kind = Kind::after;
    follower.spec.when.fault = spec.name;
    plan_.faults.push_back(follower);
  });
  EXPECT_EQ(exchange(100).end, End::reset);
  run_until([&] { return director_->summaries().front().healed_at.has_value(); });
  EXPECT_FALSE(director_->settled()) << "the other one waits for it, from the start of the drive phase on";
  director_->begin();
  run_until([&] { return director_->settled(); });
  EXPECT_EQ(exchange(100).end, End::reset);
  EXPECT_EQ(director_->summaries().back().hits, 1U);
}

/// Not a trigger on the link, but the same stage: who came through which entrance.
TEST_F(LinkTriggerRun, APartitionBetweenGroupsStrikesByWhoseConnectionItIs) {
  open(echo_.address());
  const Result<std::string> first = host_->entrance("feed", "client/0");
  const Result<std::string> second = host_->entrance("feed", "client/1");
  ASSERT_TRUE(first.ok() && second.ok());
  plan_.faults.reserve(1);
  TriggerSpec now;
  begin(partition_kind, now, [](FaultSpec& spec) {
    spec.link.clear();
    spec.first_group = {"client/1"};
    spec.second_group = {"server"};
    spec.lasts = 50ms;
  });
  plan_.faults.front().cuts = {{"feed", Direction::both, {"client/1"}}};
  run_until([&] { return !director_->in_force().empty(); });
  TestSocket free = TestSocket::connect(*first);
  TestSocket cut = TestSocket::connect(*second);
  ASSERT_TRUE(cut.send("held"));
  ASSERT_TRUE(free.send("free"));
  EXPECT_EQ(free.receive(4).bytes, "free");
  EXPECT_EQ(cut.peek_now().bytes, "");
  run_until([&] { return director_->settled(); });
  EXPECT_EQ(cut.receive(4).bytes, "held");
  const FaultSummary summary = director_->summaries().front();
  EXPECT_EQ(summary.on, "client/1 <-> server");
  EXPECT_GT(summary.hits, 0U);
}

TEST_F(LinkTriggerRun, OneThatIsNeverReachedHasNotFired) {
  begin(reset_peer_kind, counted(Kind::bytes, 1000));
  EXPECT_EQ(exchange(100).end, End::fin);
  director_->close();
  EXPECT_FALSE(director_->summaries().front().fired);
  EXPECT_EQ(exchange(2000).end, End::fin) << "it is not armed any more";
  EXPECT_EQ(told(), std::vector<std::string>{});
}

}  // namespace
}  // namespace stormproof
