#include "faults/link/link_host.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <future>
#include <thread>

#include "faults/link/address.h"
#include "faults/link/socket.h"
#include "tests/faults/link/live_link.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;
using End = TestSocket::End;
using LinkHostTest = LiveLink;

/// What a client that sends `bytes` through the link gets back from an echoing server.
std::string echoed(TestSocket client, const std::string& bytes) {
  std::thread writer([&] {
    client.send(bytes);
    client.finish_sending();
  });
  auto got = client.receive_all().bytes;
  writer.join();
  return got;
}

TEST_F(LinkHostTest, StopsAndStartsAtTheSameAddressAndKeepsItsFaults) {
  EchoServer echo;
  open(echo.address());
  auto slow = inject(latency_kind, [](FaultSpec& spec) { spec.params.set("latency", Nanos(5ms)); });
  TestSocket client = connect();
  ASSERT_TRUE(client.send("a"));
  ASSERT_EQ(client.receive(1).bytes, "a");
  ASSERT_TRUE(host_->stop("feed").ok());
  EXPECT_EQ(client.receive(1).end, End::fin);
  EXPECT_EQ(connect().error(), ECONNREFUSED);
  EXPECT_FALSE(host_->stats("feed").enabled);
  const auto again = host_->start("feed");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, address_);
  EXPECT_EQ(host_->stats("feed").listen, address_);
  const Nanos before = clock_.now();
  EXPECT_EQ(echoed(connect(), "b"), "b");
  EXPECT_GE(clock_.now() - before, 10ms);
}

TEST_F(LinkHostTest, AStoppedLinkGivesItsPortBack) {
  open("127.0.0.1:1");
  ASSERT_TRUE(host_->stop("feed").ok());
  ASSERT_TRUE(host_->open("other", {.listen = address_, .upstream = "127.0.0.1:1"}).ok());
  const auto taken = host_->start("feed");
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().message, "listen tcp " + address_ + ": bind: address already in use");
  EXPECT_FALSE(host_->stats("feed").enabled);
  ASSERT_TRUE(host_->close("other").ok());
  EXPECT_TRUE(host_->start("feed").ok());
}

TEST_F(LinkHostTest, ALinkThatIsNotEnabledDoesNotListen) {
  EchoServer echo;
  open({.listen = "127.0.0.1:0", .upstream = echo.address(), .enabled = false});
  EXPECT_EQ(address_, "127.0.0.1:0");
  const auto started = host_->start("feed");
  ASSERT_TRUE(started.ok());
  address_ = *started;
  EXPECT_EQ(echoed(connect(), "hello"), "hello");
}

/// Strikes the second, fourth, ... connection, and does nothing to them.
class EverySecond final : public LinkFault {
 public:
  bool strikes(const ConnectionView& connection) override { return connection.connection % 2 == 0; }
  LinkAction on_chunk(const ChunkView&, Nanos) override { return LinkAction::forward(); }
  std::uint64_t hits() const override { return 0; }
};

TEST_F(LinkHostTest, TellsOfConnectionsAndOfWhomAFaultStrikes) {
  EchoServer echo;
  auto host = make_link_host(clock_);
  ASSERT_TRUE(host.ok());
  host_ = std::move(*host);
  std::mutex mutex;
  std::vector<std::string> told;
  host_->observe([&](const LinkEvent& event) {
    static constexpr const char* kWhat[] = {"opened", "struck", "spared", "closed", "reset"};
    const std::lock_guard lock(mutex);
    told.push_back(fmt::format("{} {} {} {} {}/{}", kWhat[static_cast<int>(event.what)], event.link, event.connection,
                               event.from, event.upstream_bytes, event.downstream_bytes));
  });
  address_ = *host_->open("feed", {.upstream = echo.address()});
  const auto door = host_->entrance("feed", "client/0");
  ASSERT_TRUE(door.ok());
  ASSERT_TRUE(host_->arm("feed", Direction::both, std::make_shared<EverySecond>()).ok());
  address_ = *door;
  EXPECT_EQ(echoed(connect(), "hello"), "hello");
  TestSocket broken = connect();
  broken.send("x");
  EXPECT_EQ(broken.receive(1).bytes, "x");
  ASSERT_TRUE(host_->set_down("feed", true).ok());
  const std::lock_guard lock(mutex);
  EXPECT_EQ(told, (std::vector<std::string>{"opened feed 1 client/0 0/0", "spared feed 1 client/0 0/0",
                                            "closed feed 1 client/0 5/5", "opened feed 2 client/0 0/0",
                                            "struck feed 2 client/0 0/0", "reset feed 2 client/0 1/1"}));
}

TEST_F(LinkHostTest, UnixSocketsOnBothSides) {
  TempDir dir;
  const std::string server = "unix:" + (dir.path() / "server").string();
  const std::string path = (dir.path() / "link").string();
  const auto listener = listen_on(*reserve_port(*Address::parse(server)));
  ASSERT_TRUE(listener.ok());
  open({.listen = "unix:" + path, .upstream = server});
  EXPECT_EQ(address_, "unix:" + path);
  auto dialled = dial(*Address::parse(address_));
  ASSERT_TRUE(dialled.ok());
  TestSocket client(std::move(dialled->fd));
  ASSERT_TRUE(client.send("hello"));
  Fd accepted;
  while (!accepted) accepted = Fd(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
  TestSocket peer(std::move(accepted));
  EXPECT_EQ(peer.receive(5).bytes, "hello");
  ASSERT_TRUE(peer.send("world"));
  peer.close();
  EXPECT_EQ(client.receive_all().bytes, "world");
  host_.reset();
  struct stat left {};
  EXPECT_NE(::stat(path.c_str(), &left), 0) << "the path goes with the link";
}

TEST_F(LinkHostTest, TakesOverTheUnixSocketOfAProxyThatWasKilled) {
  TempDir dir;
  const std::string address = "unix:" + (dir.path() / "link").string();
  { const auto abandoned = listen_on(*reserve_port(*Address::parse(address))); }
  open({.listen = address, .upstream = "127.0.0.1:1"});
  const auto second = host_->open("second", {.listen = address, .upstream = "127.0.0.1:1"});
  ASSERT_FALSE(second.ok()) << "somebody listens there now";
  EXPECT_EQ(second.error().message, "listen unix " + address.substr(5) + ": bind: address already in use");
}

TEST_F(LinkHostTest, LooksAHostNameUpForEachConnection) {
  EchoServer echo;
  // "localhost" is read as an address; written like this it is looked up.
  const std::string port = echo.address().substr(echo.address().rfind(':'));
  open({.listen = "127.0.0.1:0", .upstream = "LocalHost" + port, .loopback_only = false});
  EXPECT_EQ(echoed(connect(), "hello"), "hello");
}

TEST_F(LinkHostTest, ANameThatNobodyKnowsResetsTheClient) {
  open({.listen = "127.0.0.1:0", .upstream = "nowhere.invalid:80", .loopback_only = false});
  EXPECT_EQ(connect().receive(1).end, End::reset);
}

TEST_F(LinkHostTest, SpreadsLinksOverThreads) {
  EchoServer echo;
  auto host = make_link_host(clock_, 3);
  ASSERT_TRUE(host.ok());
  host_ = std::move(*host);
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 6; ++i) {
    const auto address = host_->open(fmt::format("link-{}", i), {.upstream = echo.address()});
    ASSERT_TRUE(address.ok());
    answers.push_back(
        std::async(std::launch::async, [at = *address] { return echoed(TestSocket::connect(at), "hello"); }));
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get(), "hello");
  EXPECT_EQ(host_->links().size(), 6U);
  for (const std::string& name : host_->links()) EXPECT_EQ(host_->stats(name).connections, 1U) << name;
}

TEST_F(LinkHostTest, AFaultTakesThePlaceOfAnotherOnLiveConnections) {
  EchoServer echo;
  open(echo.address());
  const auto planned = [](Nanos delay) {
    PlannedFault fault = planned_on_link(latency_kind);
    fault.spec.params.set("latency", delay);
    return fault;
  };
  const PlannedFault slow = planned(1h);
  const PlannedFault fast = planned(1ms);
  const std::shared_ptr<LinkFault> before = latency_kind.make_link(slow);
  const std::shared_ptr<LinkFault> after = latency_kind.make_link(fast);
  ASSERT_TRUE(host_->arm("feed", Direction::both, before).ok());
  TestSocket client = connect();
  ASSERT_TRUE(client.send("held"));
  ASSERT_TRUE(host_->replace("feed", before, after).ok());
  EXPECT_EQ(client.receive(4).bytes, "held");
  const Status gone = host_->replace("feed", before, after);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().message, "the fault to replace is not armed on link 'feed'");
}

/// Bulk in both directions at once, while faults that need the bytes come and go: between buffers and pipes no byte is
/// lost, doubled or overtaken.
TEST_F(LinkHostTest, ChangesBetweenSplicingAndCopyingWithinAStream) {
  EchoServer echo;
  open(echo.address());
  const std::string sent = pattern(std::size_t{48} << 20U);
  auto answer = std::async(std::launch::async, [&] { return echoed(connect(), sent); });
  int changes = 0;
  while (answer.wait_for(1ms) != std::future_status::ready) {
    auto slice = inject(slicer_kind, [](FaultSpec& spec) { spec.params.set("size", *parse_size("40000B")); });
    auto slow = inject(latency_kind, [](FaultSpec& spec) { spec.params.set("latency", Nanos(200us)); });
    EXPECT_TRUE(slice->heal(*this).ok());
    EXPECT_TRUE(slow->heal(*this).ok());
    ++changes;
  }
  EXPECT_TRUE(answer.get() == sent);
  EXPECT_GT(changes, 2);
  const LinkStats stats = host_->stats("feed");
  EXPECT_EQ(stats.upstream_received, sent.size());
  EXPECT_EQ(stats.upstream_bytes, sent.size());
  EXPECT_EQ(stats.downstream_bytes, sent.size());
}

/// A server that does not read, and then one that resets: what waits in a pipe neither blocks the news nor leaks.
TEST_F(LinkHostTest, AResetOvertakesWhatWaitsInAPipe) {
  TestListener listener;
  open(listener.address());
  const std::size_t descriptors = open_descriptors();
  for (int round = 0; round < 3; ++round) {
    TestSocket client = connect();
    TestSocket server = listener.accept();
    const std::string bulk = pattern(std::size_t{1} << 20U);
    while (client.send_what_fits(bulk) > 0) std::this_thread::yield();
    if (round % 2 == 0) {
      client.reset();
      EXPECT_EQ(server.receive_all().end, End::reset);
    } else {
      server.reset();
      EXPECT_EQ(client.receive(1).end, End::reset);
    }
  }
  // The pool may keep a pipe or two.
  EXPECT_LE(open_descriptors(), descriptors + 4);
}

TEST(Address, ReadsAndWritesWhatAClientWouldWrite) {
  for (const char* text : {"127.0.0.1:80", "[::1]:8080", "unix:/tmp/a", "unix:@a"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(address->text(), text);
    EXPECT_TRUE(address->is_loopback());
  }
  EXPECT_EQ(Address::parse("localhost:7")->text(), "127.0.0.1:7");
  EXPECT_EQ(Address::parse_listen(":7")->text(), "[::]:7");
  EXPECT_FALSE(Address::parse("10.0.0.1:7")->is_loopback());
}

TEST(Address, SaysWhatIsWrong) {
  const auto why = [](const std::string& text) {
    const auto address = Address::parse_listen(text);
    return address.ok() ? "" : address.error().message;
  };
  EXPECT_EQ(why("127.0.0.1"), "'127.0.0.1' is not an address of a link: the port is missing");
  EXPECT_EQ(why("127.0.0.1:65536"),
            "'127.0.0.1:65536' is not an address of a link: the port is not a number from 0 to 65535");
  EXPECT_EQ(why("::1:80"), "'::1:80' is not an address of a link: an IPv6 address stands in brackets, [::1]:PORT");
  EXPECT_EQ(why("[1.2.3.4]:80"), "'[1.2.3.4]:80' is not an address of a link: only an IPv6 address stands in brackets");
  EXPECT_EQ(why("unix:"), "'unix:' is not an address of a link: a path has 1 to 107 bytes");
}

}  // namespace
}  // namespace stormproof
