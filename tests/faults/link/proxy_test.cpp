#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "tests/faults/link/live_link.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;
using End = TestSocket::End;

using Proxy = LiveLink;

TEST_F(Proxy, CarriesBytesBothWaysAndHalfCloses) {
  EchoServer echo;
  open(echo.address());
  TestSocket client = connect();
  ASSERT_TRUE(client.send("hello"));
  client.finish_sending();
  const auto read = client.receive_all();
  EXPECT_EQ(read.bytes, "hello");
  EXPECT_EQ(read.end, End::fin);
}

TEST_F(Proxy, CarriesIPv6) {
  EchoServer echo("[::1]");
  open(echo.address());
  EXPECT_TRUE(address_.starts_with("[::1]:"));
  TestSocket client = connect();
  ASSERT_TRUE(client.send("hello"));
  EXPECT_EQ(client.receive(5).bytes, "hello");
}

TEST_F(Proxy, CarriesMoreThanItsBuffersUnchanged) {
  EchoServer echo;
  open(echo.address());
  TestSocket client = connect();
  const std::string sent = pattern(std::size_t{20} << 20U);
  std::thread writer([&] {
    client.send(sent);
    client.finish_sending();
  });
  const auto read = client.receive_all();
  writer.join();
  EXPECT_TRUE(read.bytes == sent);
  const LinkStats stats = host_->stats("feed");
  EXPECT_EQ(stats.upstream_bytes, sent.size());
  EXPECT_EQ(stats.downstream_bytes, sent.size());
  EXPECT_EQ(stats.connections, 1U);
}

TEST_F(Proxy, FaultsThatComeAndGoLeaveTheStreamWhole) {
  EchoServer echo;
  open(echo.address());
  TestSocket client = connect();
  const std::string sent = pattern(std::size_t{4} << 20U);
  std::thread writer([&] {
    client.send(sent);
    client.finish_sending();
  });
  std::string got;
  for (std::size_t next = sent.size() / 16; next < sent.size(); next += sent.size() / 8) {
    auto slow = inject(latency_kind, [](FaultSpec& spec) { spec.params.set("latency", Nanos(200us)); });
    auto cut = inject(partition_kind);
    EXPECT_TRUE(cut->heal(*this).ok());
    got += client.receive(next - got.size()).bytes;
    EXPECT_TRUE(slow->heal(*this).ok());
  }
  got += client.receive_all().bytes;
  writer.join();
  EXPECT_TRUE(got == sent);
}

TEST_F(Proxy, LatencyIsNeverEarly) {
  EchoServer echo;
  open(echo.address());
  TestSocket client = connect();
  auto slow = inject(latency_kind, [](FaultSpec& spec) { spec.params.set("latency", Nanos(20ms)); });
  const Nanos before = clock_.now();
  ASSERT_TRUE(client.send("ping"));
  EXPECT_EQ(client.receive(4).bytes, "ping");
  EXPECT_GE(clock_.now() - before, 40ms);
  EXPECT_EQ(slow->hits(), 2U);
}

TEST_F(Proxy, PassesResetsOnAsResets) {
  TestListener server;
  open(server.address());
  TestSocket client = connect();
  TestSocket peer = server.accept();
  peer.reset();
  EXPECT_EQ(client.receive(1).end, End::reset);

  TestSocket other = connect();
  TestSocket its_peer = server.accept();
  other.reset();
  EXPECT_EQ(its_peer.receive(1).end, End::reset);
}

TEST_F(Proxy, AnUpstreamThatIsNotThereResetsTheClient) {
  std::string upstream;
  {
    TestListener gone;
    upstream = gone.address();
  }
  open(upstream);
  TestSocket client = connect();
  if (client.valid()) {
    EXPECT_EQ(client.receive(1).end, End::reset);
  } else {
    EXPECT_EQ(client.error(), ECONNRESET) << "it may come before connect() has returned";
  }
  EXPECT_EQ(host_->stats("feed").open, 0U);
}

TEST_F(Proxy, DownRefusesAndComesBackOnTheSamePort) {
  EchoServer echo;
  open(echo.address());
  TestSocket client = connect();
  ASSERT_TRUE(client.send("x"));
  ASSERT_EQ(client.receive(1).bytes, "x");
  auto down = inject(down_kind);
  EXPECT_EQ(down->hits(), 1U);
  EXPECT_EQ(client.receive(1).end, End::reset);
  EXPECT_EQ(connect().error(), ECONNREFUSED);
  auto again = inject(down_kind);
  EXPECT_EQ(again->hits(), 0U) << "nobody was connected";
  EXPECT_TRUE(down->heal(*this).ok());
  EXPECT_EQ(connect().error(), ECONNREFUSED) << "the other one is still in force";
  EXPECT_TRUE(again->heal(*this).ok());
  EXPECT_TRUE(again->heal(*this).ok());
  TestSocket back = connect();
  ASSERT_TRUE(back.valid());
  ASSERT_TRUE(back.send("y"));
  EXPECT_EQ(back.receive(1).bytes, "y");
}

TEST_F(Proxy, BlackholeSwallowsAndResetsOnHeal) {
  TestListener server;
  open(server.address());
  TestSocket client = connect();
  TestSocket peer = server.accept();
  ASSERT_TRUE(client.send("seen"));
  EXPECT_EQ(peer.receive(4).bytes, "seen");
  TestSocket idle = connect();
  TestSocket idle_peer = server.accept();
  auto hole = inject(blackhole_kind);
  ASSERT_TRUE(client.send("lost"));
  ASSERT_TRUE(peer.send("gone too"));
  while (hole->hits() < 12) std::this_thread::yield();
  EXPECT_EQ(peer.peek_now().bytes, "");
  EXPECT_EQ(client.peek_now().bytes, "");
  EXPECT_TRUE(hole->heal(*this).ok());
  EXPECT_EQ(client.receive(1).end, End::reset);
  EXPECT_EQ(peer.receive(1).end, End::reset);
  ASSERT_TRUE(idle.send("still fine"));
  EXPECT_EQ(idle_peer.receive(10).bytes, "still fine");
}

TEST_F(Proxy, PartitionHoldsAndResumes) {
  TestListener server;
  open(server.address());
  TestSocket client = connect();
  TestSocket peer = server.accept();
  auto cut = inject(partition_kind, [](FaultSpec& spec) { spec.direction = Direction::upstream; });
  ASSERT_TRUE(client.send("held"));
  while (cut->hits() < 1) std::this_thread::yield();
  TestSocket late = connect();
  while (cut->hits() < 2) std::this_thread::yield();
  EXPECT_FALSE(server.pending()) << "a new connection does not reach the server";
  ASSERT_TRUE(peer.send("passes"));
  EXPECT_EQ(client.receive(6).bytes, "passes");
  EXPECT_EQ(peer.peek_now().bytes, "");
  EXPECT_TRUE(cut->heal(*this).ok());
  EXPECT_EQ(peer.receive(4).bytes, "held");
  TestSocket late_peer = server.accept();
  ASSERT_TRUE(late_peer.send("welcome"));
  EXPECT_EQ(late.receive(7).bytes, "welcome");
}

TEST_F(Proxy, ResetPeerStrikesLiveConnectionsOnBothSides) {
  TestListener server;
  open(server.address());
  TestSocket client = connect();
  TestSocket peer = server.accept();
  auto fault = inject(reset_peer_kind);
  EXPECT_EQ(client.receive(1).end, End::reset);
  EXPECT_EQ(peer.receive(1).end, End::reset);
  EXPECT_EQ(fault->hits(), 1U);
}

TEST_F(Proxy, LimitDataEndsTheStreamAtExactlyThatByte) {
  TestListener server;
  open(server.address());
  auto fault = inject(limit_data_kind, [](FaultSpec& spec) {
    spec.params.set("bytes", std::uint64_t{100'000});
    spec.direction = Direction::downstream;
  });
  TestSocket client = connect();
  TestSocket peer = server.accept();
  ASSERT_TRUE(peer.send(pattern(150'000)));
  const auto read = client.receive_all();
  EXPECT_TRUE(read.bytes == pattern(150'000).substr(0, 100'000));
  EXPECT_EQ(read.end, End::fin);
}

TEST_F(Proxy, AReaderThatSleepsStopsTheWriterAndLosesNothing) {
  TestListener server;
  open(server.address());
  TestSocket client = connect();
  TestSocket peer = server.accept();
  const std::string sent = pattern(std::size_t{64} << 20U);
  std::size_t taken = 0;
  for (int idle = 0; idle < 1000;) {
    const std::size_t more = client.send_what_fits(std::string_view(sent).substr(taken, 1U << 16U));
    taken += more;
    idle = more == 0 ? idle + 1 : 0;
    std::this_thread::yield();
  }
  EXPECT_LT(taken, sent.size());
  client.finish_sending();
  const auto read = peer.receive_all();
  EXPECT_TRUE(read.bytes == sent.substr(0, taken));
  EXPECT_EQ(read.end, End::fin);
}

TEST_F(Proxy, TwoHundredConnectionsAtOnceAndNoDescriptorLeaks) {
  EchoServer echo;
  const std::size_t before = open_descriptors();
  open(echo.address());
  {
    auto slow = inject(latency_kind, [](FaultSpec& spec) {
      spec.params.set("latency", Nanos(1ms));
      spec.params.set("jitter", Nanos(1ms));
      spec.probability = 0.5;
    });
    std::vector<TestSocket> clients;
    for (int i = 0; i < 200; ++i) clients.push_back(connect());
    for (std::size_t i = 0; i < clients.size(); ++i) ASSERT_TRUE(clients[i].send("client " + std::to_string(i)));
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const std::string expected = "client " + std::to_string(i);
      ASSERT_EQ(clients[i].receive(expected.size()).bytes, expected);
    }
    EXPECT_EQ(host_->stats("feed").open, 200U);
    EXPECT_TRUE(slow->heal(*this).ok());
    for (TestSocket& client : clients) {
      client.finish_sending();
      ASSERT_EQ(client.receive_all().end, End::fin);
    }
  }
  while (host_->stats("feed").open > 0) std::this_thread::yield();
  host_.reset();
  while (open_descriptors() > before) std::this_thread::yield();
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(Proxy, ShuttingDownResetsWhatIsOpen) {
  TestListener server;
  open(server.address());
  TestSocket client = connect();
  TestSocket peer = server.accept();
  host_.reset();
  EXPECT_EQ(client.receive(1).end, End::reset);
  EXPECT_EQ(peer.receive(1).end, End::reset);
  EXPECT_EQ(connect().error(), ECONNREFUSED);
}

TEST_F(Proxy, SurvivesWantOfDescriptors) {
  EchoServer echo;
  open(echo.address());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  TestSocket first = connect();
  ASSERT_TRUE(first.send("a"));
  ASSERT_EQ(first.receive(1).bytes, "a");
  std::vector<Fd> fillers;
  for (int i = 0; i < 32; ++i) fillers.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  // Room for the client's own socket and none for the proxy's.
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(fillers.back().get()) + 2;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  TestSocket later = connect();
  EXPECT_TRUE(later.send("b"));
  EXPECT_TRUE(first.send("c"));
  EXPECT_EQ(first.receive(1).bytes, "c") << "the others are served meanwhile";
  EXPECT_EQ(host_->stats("feed").connections, 1U);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(later.receive(1).bytes, "b");
}

TEST_F(Proxy, TellsWhenCountsAreReached) {
  EchoServer echo;
  open(echo.address());
  Signal connected;
  Signal third;
  Signal bytes;
  host_->notify_at("feed", LinkHost::Counter::connections, 1, [&] { connected.raise(); });
  host_->notify_at("feed", LinkHost::Counter::connections, 3, [&] { third.raise(); });
  host_->notify_at("feed", LinkHost::Counter::bytes, 10, [&] {
    // What a callback asks of the links happens on the proxy's own thread.
    EXPECT_GE(host_->stats("feed").upstream_bytes, 5U);
    bytes.raise();
  });
  TestSocket one = connect();
  EXPECT_TRUE(connected.wait());
  TestSocket two = connect();
  TestSocket three = connect();
  EXPECT_TRUE(third.wait());
  ASSERT_TRUE(one.send("hello"));
  EXPECT_TRUE(bytes.wait());
  Signal at_once;
  host_->notify_at("feed", LinkHost::Counter::bytes, 10, [&] { at_once.raise(); });
  EXPECT_TRUE(at_once.wait());
}

TEST_F(Proxy, OnlyLoopbackAndOnlyKnownLinks) {
  open("127.0.0.1:1");
  for (const char* address : {"10.0.0.1:80", "example:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "[::2]:80",
                              "[127.0.0.1]:80", ":80", "127.0.0.1:80x", ""}) {
    const auto opened = host_->open("other", {.upstream = address});
    ASSERT_FALSE(opened.ok()) << address;
    EXPECT_NE(opened.error().message.find("is not an address of a link"), std::string::npos);
  }
  EXPECT_FALSE(host_->open("feed", {.upstream = "127.0.0.1:2"}).ok());
  EXPECT_EQ(host_->links(), std::vector<std::string>{"feed"});
  const Status armed = host_->arm("nowhere", Direction::both, nullptr);
  ASSERT_FALSE(armed.ok());
  EXPECT_EQ(armed.error().message, "there is no link 'nowhere'; open are: feed");
  EXPECT_EQ(host_->stats("nowhere").connections, 0U);
}

}  // namespace
}  // namespace stormproof
