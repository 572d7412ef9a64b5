/// What `stormproof proxy` bears: peers that never read, want of descriptors, thousands of connections, its own death.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include <atomic>
#include <thread>

#include "harness/base/clock.h"
#include "tests/e2e/proxy/proxy_under_test.h"
#include "tests/support/echo_server.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_socket.h"

namespace stormproof::e2e {
namespace {

using namespace std::chrono_literals;
using End = TestSocket::End;

/// Connects, has a few bytes echoed and closes; false when any of it failed.
bool visit(const std::string& address) {
  TestSocket client = TestSocket::connect(address);
  return client.valid() && client.send("hello") && client.receive(5).bytes == "hello";
}

/// Sends until nothing more fits for a while; returns how much did.
std::size_t fill(TestSocket& socket) {
  const std::string bytes(1U << 20U, 'x');
  std::size_t total = 0;
  for (int idle = 0; idle < 6;) {
    const std::size_t sent = socket.send_what_fits(bytes);
    total += sent;
    idle = sent == 0 ? idle + 1 : 0;
    if (sent == 0) ::poll(nullptr, 0, 5);
  }
  return total;
}

/// Connections whose servers never read, filled to the brim.
struct Stuck {
  Stuck(const std::string& address, TestListener& server, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(TestSocket::connect(address));
      servers.push_back(server.accept());
    }
    for (TestSocket& client : clients) sent += fill(client);
  }
  std::vector<TestSocket> clients;
  std::vector<TestSocket> servers;
  std::size_t sent = 0;
};

constexpr std::size_t kStuck = 20;
/// What the engine may hold of one connection (see harness/api/link.h), in KiB.
constexpr std::size_t kMostEach = 512;

TEST(ProxyEndurance, APeerThatNeverReadsCostsBoundedMemory) {
  TestListener server;
  const ProxyUnderTest proxy(server.address());
  const std::size_t before = proxy.memory();
  Stuck stuck(proxy.address(), server, kStuck);
  EXPECT_GT(stuck.sent, kStuck * 100'000) << "the sockets took nothing";
  EXPECT_LE(proxy.memory(), before + kStuck * kMostEach);

  // With a fault that holds everything in user space it is the same.
  proxy.add("hold", "partition", "upstream", "{}");
  for (TestSocket& client : stuck.clients) fill(client);
  EXPECT_LE(proxy.memory(), before + kStuck * kMostEach);
}

TEST(ProxyEndurance, TheApiAnswersWhileAllDataIsStuck) {
  TestListener server;
  const ProxyUnderTest proxy(server.address());
  const Stuck stuck(proxy.address(), server, kStuck);
  const SteadyClock clock;
  for (int i = 0; i < 20; ++i) {
    proxy.add("slow", "latency", "upstream", R"({"latency":60000})");
    proxy.add("hold", "partition", "downstream", "{}");
    EXPECT_EQ(proxy.call("GET", "/proxies/proxy").status, 200);
    proxy.remove("slow");
    proxy.remove("hold");
  }
  // A hundred calls; one that waited for data would never come back.
  EXPECT_LT(clock.now(), 15s);
}

TEST(ProxyEndurance, WantOfDescriptorsIsNotTheEnd) {
  EchoServer echo;
  const ProxyUnderTest proxy(echo.address());
  const std::size_t idle = proxy.sockets();
  ASSERT_TRUE(visit(proxy.address()));
  const rlimit few{64, 64};
  ASSERT_EQ(::prlimit(proxy.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  {
    std::vector<TestSocket> many;
    for (int i = 0; i < 100; ++i) many.push_back(TestSocket::connect(proxy.address()));
    ASSERT_TRUE(many.front().send("still"));
    EXPECT_EQ(many.front().receive(5).bytes, "still") << "who is connected goes on";
  }
  EXPECT_TRUE(eventually([&] { return proxy.sockets() == idle; })) << proxy.sockets() << " sockets, not " << idle;
  EXPECT_TRUE(visit(proxy.address()));
  EXPECT_EQ(proxy.call("GET", "/proxies").status, 200);
}

TEST(ProxyEndurance, ThousandsOfConnectionsComeAndGo) {
  constexpr int kVisitors = 4;
  constexpr int kVisits = 1'000;
  EchoServer echo;
  const ProxyUnderTest proxy(echo.address());
  const std::size_t idle = proxy.sockets();
  ASSERT_TRUE(visit(proxy.address()));
  const std::size_t memory = proxy.memory();
  std::atomic<int> served{0};
  std::vector<std::thread> visitors;
  const SteadyClock clock;
  for (int i = 0; i < kVisitors; ++i) {
    visitors.emplace_back([&] {
      for (int visits = 0; visits < kVisits; ++visits) served += visit(proxy.address()) ? 1 : 0;
    });
  }
  for (std::thread& visitor : visitors) visitor.join();
  RecordProperty("connections_per_second",
                 static_cast<int>(served / std::chrono::duration<double>(clock.now()).count()));
  EXPECT_EQ(served, kVisitors * kVisits);
  EXPECT_TRUE(eventually([&] { return proxy.sockets() == idle; })) << proxy.sockets() << " sockets, not " << idle;
  EXPECT_LE(proxy.memory(), memory + 2048);
}

TEST(ProxyEndurance, KilledItLeavesNothing) {
  const TempDir directory;
  EchoServer echo;
  const std::string path = "unix:" + (directory / "proxy.socket").string();
  ProxyUnderTest tcp(echo.address());
  ProxyUnderTest local(echo.address(), path);
  TestSocket client = TestSocket::connect(tcp.address());
  ASSERT_TRUE(client.send("x"));
  ASSERT_EQ(client.receive(1).bytes, "x");
  tcp.kill();
  local.kill();
  EXPECT_NE(client.receive(1).end, End::timeout) << "the kernel tells its clients";
  EXPECT_EQ(processes_marked(directory.path().string()), std::vector<std::string>());
  EXPECT_TRUE(port_is_free(tcp.port()));
  EXPECT_TRUE(port_is_free(tcp.api_port()));
  // The file of a Unix socket outlives whoever is killed; the next one takes it over.
  const ProxyUnderTest next(echo.address(), path);
  EXPECT_EQ(next.address(), path);
  const ProxyUnderTest again(echo.address(), tcp.address());
  EXPECT_TRUE(visit(again.address()));
}

TEST(ProxyEndurance, RefusedUpstreamsCostNothing) {
  std::string upstream;
  {
    TestListener gone;
    upstream = gone.address();
  }
  const ProxyUnderTest proxy(upstream);
  const std::size_t idle = proxy.sockets();
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(visit(proxy.address()));
  EXPECT_TRUE(eventually([&] { return proxy.sockets() == idle; })) << proxy.sockets() << " sockets, not " << idle;
  EXPECT_EQ(proxy.call("GET", "/proxies").status, 200);
}

}  // namespace
}  // namespace stormproof::e2e
