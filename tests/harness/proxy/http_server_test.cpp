// The server with real sockets: slow, broken and greedy clients.
#include "harness/proxy/http_server.h"

#include <gtest/gtest.h>

#include <list>
#include <stdexcept>

#include "tests/support/eventually.h"
#include "tests/support/http_wire.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;

HttpReply echo(const HttpRequest& request) {
  if (request.target == "/throw") throw std::runtime_error("on purpose");
  if (request.target == "/none") return {204, "", "", false};
  return {200, "text/x", request.method + ' ' + request.target + ' ' + request.body, false};
}

std::unique_ptr<HttpServer> serve(HttpLimits limits = {}) {
  auto server = HttpServer::start("127.0.0.1:0", echo, limits);
  EXPECT_TRUE(server.ok());
  return std::move(*server);
}

TEST(HttpServer, AnswersEveryMethodWithIdsThatDiffer) {
  const auto server = serve();
  const WireReply first = http_exchange(server->address(), "POST", "/a?b=c", "body");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "POST /a?b=c body");
  EXPECT_EQ(first.headers.at("content-type"), "text/x");
  EXPECT_EQ(first.headers.at("x-toxiproxy-request-id").size(), 20U);
  const WireReply second = http_exchange(server->address(), "WHATEVER", "/%2F", "");
  EXPECT_EQ(second.body, "WHATEVER /%2F ");
  EXPECT_NE(first.headers.at("x-toxiproxy-request-id"), second.headers.at("x-toxiproxy-request-id"));
  const WireReply none = http_exchange(server->address(), "DELETE", "/none");
  EXPECT_EQ(none.status, 204);
  EXPECT_EQ(none.headers.count("content-length"), 0U);
}

TEST(HttpServer, KeepsConnectionsAndAnswersWhatWasSentAheadInOrder) {
  const auto server = serve();
  TestSocket socket = TestSocket::connect(server->address());
  ASSERT_TRUE(socket.send(http_request("POST", "/1", "one") + http_request("GET", "/2") + http_request("HEAD", "/3")));
  EXPECT_EQ(read_reply(socket).body, "POST /1 one");
  EXPECT_EQ(read_reply(socket).body, "GET /2 ");
  EXPECT_EQ(read_reply(socket, true).headers.at("content-length"), "8");
  ASSERT_TRUE(socket.send(http_request("GET", "/4", "", {"Connection: close"})));
  EXPECT_EQ(read_reply(socket).headers.at("connection"), "close");
  EXPECT_EQ(socket.receive_all().end, TestSocket::End::fin);
}

TEST(HttpServer, ReadsChunksAndBodiesThatWaitToBeAskedFor) {
  const auto server = serve();
  TestSocket chunked = TestSocket::connect(server->address());
  ASSERT_TRUE(
      chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  EXPECT_EQ(read_reply(chunked).body, "POST / abcde");
  TestSocket waiting = TestSocket::connect(server->address());
  ASSERT_TRUE(waiting.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_EQ(read_reply(waiting).status, 100);
  ASSERT_TRUE(waiting.send("ok"));
  EXPECT_EQ(read_reply(waiting).body, "POST / ok");
}

TEST(HttpServer, OldClientsAreAnsweredAsTheyAsk) {
  const auto server = serve();
  TestSocket closing = TestSocket::connect(server->address());
  ASSERT_TRUE(closing.send("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(read_reply(closing).status, 200);
  EXPECT_EQ(closing.receive_all().end, TestSocket::End::fin);
  TestSocket staying = TestSocket::connect(server->address());
  ASSERT_TRUE(staying.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(read_reply(staying).headers.at("connection"), "keep-alive");
  ASSERT_TRUE(staying.send("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(read_reply(staying).status, 200);
}

TEST(HttpServer, WhatIsNoRequestIsAnsweredAndSentAway) {
  const auto server = serve();
  for (const char* text :
       {"\r\n\r\nnonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "{\"type\":\"latency\"}\r\n",
        "\x16\x03\x01\x02\x01\x01\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n"}) {
    TestSocket socket = TestSocket::connect(server->address());
    ASSERT_TRUE(socket.send(text));
    const WireReply reply = read_reply(socket);
    EXPECT_TRUE(reply.status == 400 || reply.status == 413) << text << reply.status;
    EXPECT_NE(socket.receive_all().end, TestSocket::End::timeout);
  }
  EXPECT_EQ(http_exchange(server->address(), "GET", "/").status, 200);
}

TEST(HttpServer, TooLongHeadersAndBodiesAreRefusedWithAReplyThatArrives) {
  const auto server = serve();
  TestSocket header = TestSocket::connect(server->address());
  (void)header.send("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'));
  EXPECT_EQ(read_reply(header).status, 431);
  TestSocket body = TestSocket::connect(server->address());
  ASSERT_TRUE(body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n"));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(body.send(std::string(1'000'000, 'x')));
  const WireReply reply = read_reply(body);
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.body, "{\"error\":\"bad request body: more than 4194304 bytes\",\"status\":413}\n");
  TestSocket endless = TestSocket::connect(server->address());
  ASSERT_TRUE(endless.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(endless.send("100000\r\n" + std::string(0x100000, 'x') + "\r\n"));
  EXPECT_EQ(read_reply(endless).status, 413);
}

TEST(HttpServer, ASlowRequestEndsAtItsDeadlineAndDisturbsNobody) {
  HttpLimits limits;
  limits.read = 300ms;
  const auto server = serve(limits);
  TestSocket slow = TestSocket::connect(server->address());
  const SteadyClock clock;
  // A byte at a time: each read makes progress, the request as a whole does not.
  const std::string request = http_request("POST", "/slow", std::string(100'000, 'x'));
  std::size_t sent = 0;
  const bool sent_away = eventually([&] {
    EXPECT_EQ(http_exchange(server->address(), "GET", "/quick").status, 200);
    return !slow.send(request.substr(sent++, 1)) || slow.peek_now().end != TestSocket::End::open;
  });
  EXPECT_TRUE(sent_away);
  EXPECT_GE(clock.now(), 300ms);
}

TEST(HttpServer, SilentAndHalfwayClientsEndAtTheirDeadlines) {
  HttpLimits limits;
  limits.read = limits.idle = 100ms;
  const auto server = serve(limits);
  TestSocket silent = TestSocket::connect(server->address());
  TestSocket half = TestSocket::connect(server->address());
  ASSERT_TRUE(half.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"));
  TestSocket idle = TestSocket::connect(server->address());
  ASSERT_TRUE(idle.send(http_request("GET", "/")));
  EXPECT_EQ(read_reply(idle).status, 200);
  TestSocket gone = TestSocket::connect(server->address());
  ASSERT_TRUE(gone.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"));
  gone.reset();
  for (TestSocket* socket : {&silent, &half, &idle}) EXPECT_EQ(socket->receive_all().end, TestSocket::End::fin);
  EXPECT_EQ(http_exchange(server->address(), "GET", "/").status, 200);
}

TEST(HttpServer, BeyondTheLimitTheLongestSilentClientMakesRoom) {
  HttpLimits limits;
  limits.clients = 4;
  const auto server = serve(limits);
  std::list<TestSocket> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(TestSocket::connect(server->address()));
    ASSERT_TRUE(clients.back().send(http_request("GET", "/")));
    ASSERT_EQ(read_reply(clients.back()).status, 200);
  }
  EXPECT_EQ(clients.front().receive_all().end, TestSocket::End::fin);
  ASSERT_TRUE(clients.back().send(http_request("GET", "/")));
  EXPECT_EQ(read_reply(clients.back()).status, 200);
}

TEST(HttpServer, AHandlerThatThrowsIsA500) {
  const auto server = serve();
  const WireReply reply = http_exchange(server->address(), "GET", "/throw");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body, "internal error\n");
  EXPECT_EQ(http_exchange(server->address(), "GET", "/").status, 200);
}

TEST(HttpServer, EndsWhateverItsClientsDoAndLeavesNoDescriptor) {
  const std::size_t before = open_descriptors();
  {
    const auto server = serve();
    TestSocket half = TestSocket::connect(server->address());
    ASSERT_TRUE(half.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"));
    TestSocket idle = TestSocket::connect(server->address());
    ASSERT_TRUE(idle.send(http_request("GET", "/")));
    ASSERT_EQ(read_reply(idle).status, 200);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(HttpServer, AnAddressThatCannotBeHadIsToldInOneSentence) {
  const TestListener taken;
  const auto again = HttpServer::start(taken.address(), echo);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::environment);
  EXPECT_EQ(again.error().message, "cannot listen on " + taken.address() + ": Address already in use");
  const auto nowhere = HttpServer::start("no port", echo);
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code, ErrorCode::usage);
  const auto everywhere = HttpServer::start(":0", echo);
  ASSERT_TRUE(everywhere.ok());
  const std::string& address = (*everywhere)->address();
  EXPECT_EQ(address.substr(0, 5), "[::]:");
  EXPECT_EQ(http_exchange("127.0.0.1" + address.substr(4), "GET", "/").status, 200);
}

}  // namespace
}  // namespace stormproof
