/// Kinds that change when bytes pass and never which: their decisions, on paper.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "tests/faults/link/kind_under_test.h"
#include "tests/faults/link/paper_wire.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;

/// The delays that `count` chunks of one byte drew.
std::vector<double> delays(const std::string& distribution, Nanos latency, Nanos jitter, std::uint64_t count) {
  ArmedKind fault(latency_kind, [&](FaultSpec& spec) {
    spec.params.set("latency", latency);
    spec.params.set("jitter", jitter);
    spec.params.set("distribution", distribution);
  });
  std::vector<double> drawn;
  for (std::uint64_t i = 0; i < count; ++i) {
    const ChunkView chunk{.connection = 1, .offset = i, .size = 1, .received = 1s};
    const LinkAction action = fault.link_fault()->on_chunk(chunk, 1s);
    const Nanos due = action.verb == LinkAction::Verb::hold ? action.until : Nanos(1s);
    EXPECT_EQ(fault.link_fault()->on_chunk(chunk, due).verb, LinkAction::Verb::forward);
    drawn.push_back(std::chrono::duration<double, std::milli>(due - 1s).count());
  }
  return drawn;
}

struct Moments {
  double mean = 0;
  double deviation = 0;
  double least = 0;
  double most = 0;
};

Moments moments(const std::vector<double>& values) {
  Moments found;
  for (const double value : values) found.mean += value / static_cast<double>(values.size());
  for (const double value : values) found.deviation += (value - found.mean) * (value - found.mean);
  found.deviation = std::sqrt(found.deviation / static_cast<double>(values.size()));
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  found.least = *least;
  found.most = *most;
  return found;
}

TEST(Latency, UniformStaysWithinItsJitter) {
  const Moments found = moments(delays("uniform", 100ms, 20ms, 20000));
  EXPECT_NEAR(found.mean, 100, 0.5);
  EXPECT_NEAR(found.deviation, 20 / std::sqrt(3.0), 0.3);
  EXPECT_GE(found.least, 80);
  EXPECT_LE(found.most, 120);
}

TEST(Latency, NormalHasJitterForStandardDeviation) {
  const Moments found = moments(delays("normal", 100ms, 20ms, 20000));
  EXPECT_NEAR(found.mean, 100, 0.6);
  EXPECT_NEAR(found.deviation, 20, 0.4);
  EXPECT_LT(found.least, 40);
  EXPECT_GT(found.most, 160);
}

TEST(Latency, ParetoIsMostlyEarlyAndSometimesVeryLate) {
  const std::vector<double> drawn = delays("pareto", 100ms, 20ms, 20000);
  const Moments found = moments(drawn);
  EXPECT_NEAR(found.mean, 100, 1);
  EXPECT_GT(found.least, 100 - 20 * 0.58);
  EXPECT_GT(found.most, 100 + 20 * 10);
  EXPECT_LE(found.most, 100 + 20 * 100);
  const auto early = std::count_if(drawn.begin(), drawn.end(), [](double delay) { return delay < 100; });
  EXPECT_NEAR(static_cast<double>(early) / 20000, 0.70, 0.02);
}

TEST(Latency, IsNeverNegativeAndNeverOverflows) {
  EXPECT_GE(moments(delays("normal", 1ms, 100ms, 1000)).least, 0);
  for (const char* shape : {"uniform", "normal", "pareto"}) {
    EXPECT_GE(moments(delays(shape, Nanos::max(), Nanos::max(), 1000)).least, 0) << shape;
  }
}

/// Whatever is sent, cut and changed: no byte leaves before it was here for as long as `latency` says.
RC_GTEST_PROP(Latency, IsNeverEarly, ()) {
  const Nanos latency(*rc::gen::inRange<std::int64_t>(1, 1000));
  ArmedKind fault(latency_kind, [&](FaultSpec& spec) { spec.params.set("latency", latency); });
  PaperWire wire({{fault.link_fault(), Direction::upstream}});
  std::vector<Nanos> sent_at;  // of each byte
  const int steps = *rc::gen::inRange(1, 40);
  for (int step = 0; step < steps; ++step) {
    const std::size_t bytes = *rc::gen::inRange<std::size_t>(0, 50);
    if (bytes > 0) wire.send(Side::client, std::string(bytes, 'x'));
    sent_at.insert(sent_at.end(), bytes, wire.now());
    wire.advance(Nanos(*rc::gen::inRange<std::int64_t>(0, 700)));
    const std::size_t got = wire.got(Side::server).size();
    const bool early = got > 0 && sent_at[got - 1] + latency > wire.now();
    const bool late = got < sent_at.size() && sent_at[got] + latency <= wire.now();
    RC_ASSERT_FALSE(early);
    RC_ASSERT_FALSE(late);
  }
}

TEST(Bandwidth, OfALinkIsSharedInTurns) {
  ArmedKind fault(bandwidth_kind, [](FaultSpec& spec) {
    spec.params.set("rate", std::uint64_t{200'000});  // a quantum is 1000 bytes
    spec.params.set("scope", std::string("link"));
  });
  std::array<std::uint64_t, 3> passed{};
  std::array<Nanos, 3> again{};
  for (Nanos now = 0ms; now < 300ms; now += 1ms) {
    for (std::uint64_t connection = 0; connection < 3; ++connection) {
      if (now < again[connection]) continue;
      const ChunkView chunk{.connection = connection, .offset = passed[connection], .size = 1'000'000, .received = 0ms};
      const LinkAction action = fault.link_fault()->on_chunk(chunk, now);
      again[connection] = action.until;
      if (action.verb == LinkAction::Verb::split) passed[connection] += action.bytes;
    }
  }
  for (const std::uint64_t bytes : passed) EXPECT_NEAR(static_cast<double>(bytes), 20'000, 1'000);
}

TEST(Bandwidth, OfALinkHasALineForEachDirection) {
  ArmedKind fault(bandwidth_kind, [](FaultSpec& spec) {
    spec.params.set("rate", std::uint64_t{200'000});
    spec.params.set("scope", std::string("link"));
  });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  wire.send(Side::client, std::string(1000, 'u'));
  wire.send(Side::server, std::string(1000, 'd'));
  EXPECT_EQ(wire.got(Side::server).size(), 1000U);
  EXPECT_EQ(wire.got(Side::client).size(), 1000U);
}

std::string through_loss(double rate, double correlation, const std::vector<std::size_t>& cuts, Nanos for_time,
                         std::uint64_t& hits) {
  ArmedKind fault(packet_loss_kind, [&](FaultSpec& spec) {
    spec.params.set("loss_rate", rate);
    spec.params.set("correlation", correlation);
  });
  PaperWire wire({{fault.link_fault(), Direction::both}});
  for (const std::size_t cut : cuts) wire.send(Side::client, std::string(cut, 'x'));
  wire.advance(for_time);
  hits = fault.hits();
  return wire.got(Side::server);
}

TEST(PacketLoss, StallsFromTheLostSegmentOnAndDeliversEverything) {
  std::uint64_t hits = 0;
  const std::string soon = through_loss(0.2, 0, {144'800}, 199ms, hits);
  EXPECT_EQ(soon.size() % 1448, 0U);
  EXPECT_LT(soon.size(), 144'800U);
  EXPECT_EQ(through_loss(0.2, 0, {144'800}, 60s, hits).size(), 144'800U);
  EXPECT_NEAR(static_cast<double>(hits), 25, 12) << "100 segments, each lost 0.25 times on average";
}

TEST(PacketLoss, WaitsTwiceAsLongForEachFurtherLossOfASegment) {
  ArmedKind fault(packet_loss_kind, [](FaultSpec& spec) {
    spec.params.set("loss_rate", 1.0);
    spec.params.set("rto", Nanos(10ms));
  });
  const ChunkView chunk{.connection = 1, .offset = 0, .size = 1, .received = 1s};
  const LinkAction action = fault.link_fault()->on_chunk(chunk, 1s);
  EXPECT_EQ(action.until, 1s + 10ms * 255) << "lost eight times";
  EXPECT_EQ(fault.hits(), 8U);
}

TEST(PacketLoss, OfNoneDoesNothing) {
  std::uint64_t hits = 0;
  EXPECT_EQ(through_loss(0, 0.9, {100'000}, 0ms, hits).size(), 100'000U);
  EXPECT_EQ(hits, 0U);
}

TEST(PacketLoss, StrikesTheSameSegmentsHoweverTheStreamWasCut) {
  std::uint64_t whole = 0;
  std::uint64_t cut = 0;
  through_loss(0.1, 0.3, {200'000}, 1h, whole);
  through_loss(0.1, 0.3, {1, 1447, 1448, 50'000, 147'104}, 1h, cut);
  EXPECT_EQ(whole, cut);
  EXPECT_GT(whole, 0U);
}

TEST(PacketLoss, CorrelationMakesBurstsAndKeepsTheRate) {
  const auto lost = [](double correlation) {
    ArmedKind fault(packet_loss_kind, [&](FaultSpec& spec) {
      spec.params.set("loss_rate", 0.1);
      spec.params.set("correlation", correlation);
      spec.params.set("rto", Nanos(1));
    });
    std::pair<int, int> found;  // segments lost, and runs of them
    bool before = false;
    for (std::uint64_t segment = 0; segment < 50'000; ++segment) {
      const ChunkView chunk{.connection = 1, .offset = segment * 1448, .size = 1448, .received = 1s};
      const bool now = fault.link_fault()->on_chunk(chunk, 1s).verb == LinkAction::Verb::hold;
      found.first += now ? 1 : 0;
      found.second += now && !before ? 1 : 0;
      before = now;
    }
    return found;
  };
  const auto [apart, apart_runs] = lost(0);
  const auto [together, together_runs] = lost(0.5);
  EXPECT_NEAR(apart, 5000, 300);
  EXPECT_NEAR(together, 5000, 500);
  EXPECT_NEAR(static_cast<double>(apart) / apart_runs, 1.11, 0.1);
  EXPECT_NEAR(static_cast<double>(together) / together_runs, 2.22, 0.2)
      << "each is followed by another with 0.1 * 0.5 + 0.5";
}

TEST(HalfOpen, DialsAndKeepsEverythingUntilItHeals) {
  ArmedKind fault(half_open_kind);
  PaperWire wire({{fault.link_fault(), Direction::downstream}});
  EXPECT_TRUE(wire.dialled());
  wire.send(Side::client, "asked");
  EXPECT_EQ(wire.got(Side::server), "asked");
  std::size_t taken = 0;
  for (; wire.fsm().room(Side::server) > 0; taken += 1000) wire.send(Side::server, std::string(1000, 'x'));
  EXPECT_LE(taken, Flow::kMaxBuffered + 1000) << "then the sender blocks";
  wire.rst(Side::server);
  wire.advance(1h);
  EXPECT_EQ(wire.got(Side::client), "");
  EXPECT_FALSE(wire.over()) << "the client does not learn that the server died";
  EXPECT_GT(fault.hits(), 0U);
  wire.disarm(fault.link_fault());
  EXPECT_TRUE(wire.end(Side::client) == Flow::End::reset || wire.both_reset());
}

}  // namespace
}  // namespace stormproof
