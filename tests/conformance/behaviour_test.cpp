// What the toxics do to real connections through the program, where Toxiproxy does otherwise or users ask for more.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/conformance/program.h"
#include "tests/support/echo_server.h"

namespace stormproof::conformance {
namespace {

using nlohmann::json;

class Behaviour : public ::testing::Test {
 protected:
  void start(const std::string& seed = "1") {
    program_.emplace(std::vector<std::string>{"--seed", seed});
    const json made = {{"name", "echo"}, {"listen", "127.0.0.1:0"}, {"upstream", echo_.address()}};
    listen_ = json::parse(ask("POST", "/proxies", made.dump(), 201).body)["listen"];
  }
  WireReply ask(const std::string& method, const std::string& target, const std::string& body, int status) {
    const WireReply reply = http_exchange(program_->api(), method, target, body);
    EXPECT_EQ(reply.status, status) << method << ' ' << target << ' ' << body << ' ' << reply.body;
    return reply;
  }
  void add(const std::string& toxic) { ask("POST", "/proxies/echo/toxics", toxic, 200); }
  TestSocket connect() { return TestSocket::connect(listen_); }
  /// Sends and reads the echo.
  static std::string ping(TestSocket& socket, const std::string& text = "ping") {
    return socket.send(text) ? socket.receive(text.size()).bytes : "";
  }
  /// A one for each connection that is reset.
  std::string pattern(int connections) {
    std::string ones;
    for (int i = 0; i < connections; ++i) {
      TestSocket socket = connect();
      ones += ping(socket) == "ping" ? '0' : '1';
    }
    return ones;
  }

  EchoServer echo_;
  std::optional<ProxyProgram> program_;
  std::string listen_;
};

TEST_F(Behaviour, ResetPeerResetsConnectionsThatWereOpenAndIdle) {
  start();
  TestSocket open = connect();
  ASSERT_EQ(ping(open), "ping");
  add(R"({"type":"reset_peer"})");
  EXPECT_EQ(open.receive_all().end, TestSocket::End::reset);
}

TEST_F(Behaviour, ToxicityZeroHasNoSideEffect) {
  start();
  add(R"({"type":"reset_peer","toxicity":0})");
  add(R"({"type":"limit_data","stream":"upstream","toxicity":0})");
  add(R"({"type":"timeout","toxicity":0,"attributes":{"timeout":1}})");
  TestSocket socket = connect();
  EXPECT_EQ(ping(socket), "ping");
  socket.finish_sending();
  EXPECT_EQ(socket.receive_all().end, TestSocket::End::fin);
}

TEST_F(Behaviour, TheSeedDecidesWhichConnectionsAreStruck) {
  const auto run = [&](const std::string& seed) {
    start(seed);
    add(R"({"type":"reset_peer","toxicity":0.5})");
    return pattern(40);
  };
  const std::string first = run("5");
  EXPECT_NE(first.find('0'), std::string::npos);
  EXPECT_NE(first.find('1'), std::string::npos);
  EXPECT_EQ(run("5"), first);
  EXPECT_NE(run("6"), first);
}

TEST_F(Behaviour, ToxicsThatKillOtherServersLetThisOneLive) {
  start();
  for (const char* attributes :
       {R"({"type":"bandwidth","attributes":{"rate":-1}})", R"({"type":"slicer"})",
        R"({"type":"slicer","attributes":{"average_size":1,"size_variation":1000}})",
        R"({"type":"slicer","attributes":{"average_size":-1,"size_variation":-1,"delay":-1}})",
        R"({"type":"latency","attributes":{"latency":9223372036854775807,"jitter":9223372036854775807}})",
        R"({"type":"latency","attributes":{"latency":-9223372036854775808,"jitter":-1}})",
        R"({"type":"bandwidth","attributes":{"rate":9223372036854775807}})",
        R"({"type":"limit_data","attributes":{"bytes":-1}})",
        R"({"type":"limit_data","attributes":{"bytes":9223372036854775807}})",
        R"({"type":"slow_close","attributes":{"delay":-1}})", R"({"type":"timeout","attributes":{"timeout":-1}})",
        R"({"type":"packet_loss","attributes":{"loss_rate":1e300,"correlation":-5}})"}) {
    add(attributes);
    TestSocket socket = connect();
    EXPECT_TRUE(socket.send(std::string(10'000, 'x'))) << attributes;
    ask("POST", "/reset", "", 204);
    EXPECT_EQ(pattern(1), "0") << attributes;
  }
  EXPECT_EQ(pattern(3), "000");
  EXPECT_EQ(program_->stop().exit_code, 0);
}

TEST_F(Behaviour, TheApiAnswersWhileNoByteMoves) {
  start();
  add(R"({"type":"bandwidth","stream":"upstream"})");
  TestSocket stuck = connect();
  stuck.send_what_fits(std::string(std::size_t{16} << 20U, 'x'));
  for (const char* type : {"latency", "slicer", "timeout"}) {
    const std::string toxic = std::string(R"({"name":"t","stream":"upstream","type":")") + type + "\"}";
    add(toxic);
    ask("PATCH", "/proxies/echo/toxics/t", R"({"toxicity":0.5})", 200);
    ask("DELETE", "/proxies/echo/toxics/t", "", 204);
  }
  ask("DELETE", "/proxies/echo/toxics/bandwidth_upstream", "", 204);
}

TEST_F(Behaviour, AnUpdateNeitherClosesNorReordersAConnection) {
  start();
  add(R"({"type":"latency","stream":"upstream","attributes":{"latency":20}})");
  TestSocket socket = connect();
  std::string sent;
  for (int i = 0; i < 50; ++i) {
    const std::string piece = std::to_string(i) + ' ';
    ASSERT_TRUE(socket.send(piece));
    sent += piece;
    ask("PATCH", "/proxies/echo/toxics/latency_upstream", R"({"attributes":{"latency":)" + std::to_string(i % 7) + "}}",
        200);
  }
  EXPECT_EQ(socket.receive(sent.size()).bytes, sent);
}

TEST_F(Behaviour, SurvivesWhateverIsSentToItsApi) {
  start();
  std::vector<TestSocket> halves;
  for (int i = 0; i < 600; ++i) {
    halves.push_back(TestSocket::connect(program_->api()));
    (void)halves.back().send("POST /proxies HTTP/1.1\r\nContent-Length: 100\r\n\r\n{\"name\":");
  }
  TestSocket large = TestSocket::connect(program_->api());
  ASSERT_TRUE(large.send("POST /populate HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n"));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(large.send(std::string(1'000'000, '[')));
  EXPECT_EQ(read_reply(large).status, 413);
  ask("POST", "/populate", std::string(4'000'000, '['), 400);
  ask("POST", "/proxies", "{\"name\":\"" + std::string(1'000'000, 'x') + "\",\"upstream\":\"NaN\"}", 400);
  EXPECT_EQ(pattern(1), "0");
  const e2e::Ran ran = program_->stop();
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.err, "");
}

TEST_F(Behaviour, MetricsCountWhatPassed) {
  start();
  TestSocket socket = connect();
  ASSERT_EQ(ping(socket, "twelve bytes"), "twelve bytes");
  const std::string text = ask("GET", "/metrics", "", 200).body;
  for (const char* direction : {"upstream", "downstream"}) {
    for (const char* name : {"toxiproxy_proxy_received_bytes_total", "toxiproxy_proxy_sent_bytes_total"}) {
      const std::string line = std::string(name) + "{direction=\"" + direction + "\",listener=\"" + listen_ +
                               "\",proxy=\"echo\",upstream=\"" + echo_.address() + "\"} 12\n";
      EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
  }
}

}  // namespace
}  // namespace stormproof::conformance
