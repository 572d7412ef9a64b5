/// HTTP/1.1 keep-alive, plain and under TLS, through the proxy while faults come and go.
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <thread>

#include "harness/base/clock.h"
#include "tests/e2e/proxy/fault_weather.h"
#include "tests/e2e/proxy/self_signed.h"
#include "tests/support/eventually.h"

namespace stormproof::e2e {
namespace {

using Mood = FaultWeather::Mood;

constexpr int kClients = 8;
/// More than a proxy at rest may keep beyond what it had before, in KiB.
constexpr std::size_t kMemorySlack = 8 * 1024;
/// What the engine keeps for later: 64 pipes of two ends.
constexpr std::size_t kPipesMost = 128;

struct Tally {
  std::atomic<int> answered{0};
  std::atomic<int> failed{0};
  std::atomic<int> wrong{0};
};

std::string body_of(Rng& rng) {
  // Small ones and now and then one that fills every buffer on the way.
  std::string body(static_cast<std::size_t>(rng.chance(0.05) ? rng.between(100'000, 1'000'000) : rng.between(1, 5'000)),
                   ' ');
  for (char& byte : body) byte = static_cast<char>(rng.next());
  return body;
}

void configure(httplib::Server& server) {
  server.new_task_queue = [] { return new httplib::ThreadPool(2 * kClients); };
  server.set_keep_alive_max_count(1'000'000);
  server.set_tcp_nodelay(true);
  server.Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content(request.body, "application/octet-stream");
  });
}

template <class Client>
void configure_client(Client& client) {
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_read_timeout(20);
  client.set_write_timeout(20);
}

/// A server, and as many clients as make a soak.
template <class Client>
class Soak {
 public:
  Soak(httplib::Server& server, std::function<std::unique_ptr<Client>(int port)> make)
      : server_(server), make_(std::move(make)) {
    configure(server_);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    proxy_ = std::make_unique<ProxyUnderTest>("127.0.0.1:" + std::to_string(port_));
  }
  ~Soak() {
    server_.stop();
    thread_.join();
  }
  Soak(const Soak&) = delete;
  Soak& operator=(const Soak&) = delete;

  /// All clients, for as long as a part of a soak lasts.
  void run(Mood mood, Tally& tally) {
    FaultWeather weather(*proxy_, mood, 11);
    const SteadyClock clock;
    const Nanos end = std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(soak_seconds()));
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < kClients; ++i) {
      threads.emplace_back([this, i, end, &tally, &clock] {
        Rng rng(i);
        const auto client = make_(proxy_->port());
        configure_client(*client);
        while (clock.now() < end) ask(*client, rng, tally);
      });
    }
    for (std::thread& thread : threads) thread.join();
    weather.stop();
    EXPECT_GT(weather.changes(), 20);
  }
  ProxyUnderTest& proxy() { return *proxy_; }

 private:
  static void ask(Client& client, Rng& rng, Tally& tally) {
    const std::string body = body_of(rng);
    const auto answer = client.Post("/echo", body, "application/octet-stream");
    if (!answer || answer->status != 200) {
      ++tally.failed;
    } else {
      ++(answer->body == body ? tally.answered : tally.wrong);
    }
  }

  httplib::Server& server_;
  std::function<std::unique_ptr<Client>(int port)> make_;
  int port_ = 0;
  std::thread thread_;
  std::unique_ptr<ProxyUnderTest> proxy_;
};

template <class Client>
void soak(Soak<Client>& soak) {
  const std::size_t sockets = soak.proxy().sockets();
  Tally gentle;
  soak.run(Mood::gentle, gentle);
  EXPECT_GT(gentle.answered, 50);
  EXPECT_EQ(gentle.wrong, 0);
  EXPECT_EQ(gentle.failed, 0) << "nothing was reset, and yet a request failed";
  EXPECT_TRUE(eventually([&] { return soak.proxy().sockets() == sockets; })) << soak.proxy().sockets();
  const std::size_t memory = soak.proxy().memory();

  Tally harsh;
  soak.run(Mood::harsh, harsh);
  EXPECT_GT(harsh.answered, 50);
  EXPECT_EQ(harsh.wrong, 0);
  EXPECT_GT(harsh.failed, 0) << "the weather was not harsh at all";
  EXPECT_TRUE(eventually([&] { return soak.proxy().sockets() == sockets; })) << soak.proxy().sockets();
  EXPECT_LE(soak.proxy().pipes(), kPipesMost);
  EXPECT_LE(soak.proxy().memory(), memory + kMemorySlack);
}

TEST(ProxySoak, HttpKeepAlive) {
  httplib::Server server;
  Soak<httplib::Client> through(server, [](int port) { return std::make_unique<httplib::Client>("127.0.0.1", port); });
  soak(through);
}

TEST(ProxySoak, TlsPassedThrough) {
  const SelfSigned identity;
  httplib::SSLServer server(identity.certificate(), identity.key());
  ASSERT_TRUE(server.is_valid());
  Soak<httplib::SSLClient> through(server, [](int port) {
    auto client = std::make_unique<httplib::SSLClient>("127.0.0.1", port);
    client->enable_server_certificate_verification(false);
    return client;
  });
  soak(through);
}

}  // namespace
}  // namespace stormproof::e2e
