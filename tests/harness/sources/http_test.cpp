// The http source against real servers, sound and broken ones, and its parts.
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "harness/sources/catalog.h"
#include "harness/sources/dispatch.h"
#include "harness/sources/http_client.h"
#include "harness/sources/pusher.h"
#include "harness/sources/template.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_recorder.h"
#include "tests/support/plugin_params.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_socket.h"

namespace stormproof {
namespace {

using sources::Attempt;
using sources::HttpResponseParser;
using Outcome = sources::Attempt::Outcome;

class HttpSource : public ::testing::Test {
 protected:
  Status start(GivenParams given) {
    given.text.try_emplace("messages", "1");
    const Params params = params_of(sources::http_kind.info.params, given);
    SourceSpec spec;
    spec.params = params;
    source_ = sources::http_kind.make(spec, {recorder_, clock_, Rng(7), dir_.path(), "run-1"});
    std::map<std::string, std::string> values;
    if (Status s = source_->prepare(values); !s) return s;
    return source_->start(params);
  }
  bool finish() {
    return eventually([this] { return source_->finished(); });
  }
  /// One message to `url`; how it ended, with the detail.
  std::string outcome_of(const std::string& url, std::map<std::string, std::string> text = {}) {
    text["url"] = url;
    const Status started = start({.text = std::move(text)});
    EXPECT_TRUE(started.ok()) << started.error().message;
    EXPECT_TRUE(finish());
    source_->stop();
    const Event last = recorder_.events().back();
    return std::string(to_string(last.type)) + " " + last.detail;
  }

  TempDir dir_;
  SteadyClock clock_;
  FakeRecorder recorder_;
  std::unique_ptr<Source> source_;
};

/// A sound target.
class Target {
 public:
  explicit Target(httplib::Server::Handler handler) {
    server_.Post("/.*", std::move(handler));
    server_.Put("/.*", [this](const httplib::Request& request, httplib::Response&) { note(request); });
    server_.new_task_queue = [] { return new httplib::ThreadPool(16); };
    server_.set_keep_alive_max_count(1U << 20U);
    server_.set_tcp_nodelay(true);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    EXPECT_TRUE(eventually([this] { return server_.is_running(); }));
  }
  ~Target() {
    server_.stop();
    thread_.join();
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  std::string url(const std::string& path = "/orders") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  void note(const httplib::Request& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  std::vector<httplib::Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<httplib::Request> requests_;
  std::thread thread_;
};

/// A server that does one connection after the other as told.
class Script {
 public:
  using Scene = std::function<void(TestSocket&)>;
  explicit Script(std::vector<Scene> scenes) : url_("http://" + listener_.address() + "/") {
    thread_ = std::thread([this, scenes = std::move(scenes)] {
      for (const Scene& scene : scenes) {
        TestSocket socket = listener_.accept();
        scene(socket);
      }
    });
  }
  ~Script() { thread_.join(); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  const std::string& url() const { return url_; }

 private:
  TestListener listener_;
  std::string url_;
  std::thread thread_;
};

/// Head and body: what is left unread would turn a close into a reset.
void read_request(TestSocket& socket) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const TestSocket::Read read = socket.receive(1);
    if (read.bytes.empty()) return;
    head += read.bytes;
  }
  const std::string kLength = "Content-Length: ";
  socket.receive(std::stoul(head.substr(head.find(kLength) + kLength.size())));
}

Script::Scene answer(std::string bytes) {
  return [bytes = std::move(bytes)](TestSocket& socket) {
    read_request(socket);
    // Answer and FIN in one segment: the client cannot see the one without the other.
    const int on = 1;
    setsockopt(socket.fd(), IPPROTO_TCP, TCP_CORK, &on, sizeof on);
    socket.send(bytes);
    socket.finish_sending();
    socket.receive_all();
  };
}

TEST_F(HttpSource, FillsTheTemplatesForEachMessage) {
  Target target([&](const httplib::Request&, httplib::Response& response) { response.status = 500; });
  ASSERT_TRUE(start({.text = {{"url", target.url("/orders/{key}/{id}")},
                              {"method", "PUT"},
                              {"messages", "3"},
                              {"keys", "2"},
                              {"concurrency", "1"},
                              {"body", R"({"id":"${id}","n":{seq},"p":"{payload}","d":"{digest}","other":{}})"}},
                     .maps = {{"headers", {{"Idempotency-Key", "{id}"}, {"X-Plain", "{nothing}"}}}}})
                  .ok());
  ASSERT_TRUE(finish());
  source_->stop();
  const auto requests = target.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[2].path, "/orders/k-0/o-000003");
  EXPECT_EQ(requests[2].get_header_value("Idempotency-Key"), "o-000003");
  EXPECT_EQ(requests[2].get_header_value("X-Plain"), "{nothing}");
  EXPECT_EQ(requests[2].get_header_value("Content-Type"), "application/json");
  const Event last = recorder_.events(EventType::invoke)[2];
  EXPECT_EQ(last.seq, 2);
  EXPECT_EQ(last.key, "k-0");
  EXPECT_EQ(requests[2].body.substr(0, 27), R"({"id":"o-000003","n":2,"p":)");
  EXPECT_TRUE(requests[2].body.ends_with("\"d\":\"" + last.digest + "\",\"other\":{}}")) << requests[2].body;
  EXPECT_EQ(recorder_.counts().acked, 3U);
}

TEST_F(HttpSource, TheStatusIsTheOutcome) {
  const std::map<int, std::string> kExpected = {{200, "ok HTTP 200"},   {201, "ok HTTP 201"},   {202, "ok HTTP 202"},
                                                {204, "ok HTTP 204"},   {301, "info HTTP 301"}, {400, "fail HTTP 400"},
                                                {404, "fail HTTP 404"}, {409, "fail HTTP 409"}, {408, "info HTTP 408"},
                                                {425, "info HTTP 425"}, {429, "info HTTP 429"}, {500, "info HTTP 500"},
                                                {503, "info HTTP 503"}};
  std::atomic<int> status{0};
  Target target([&](const httplib::Request&, httplib::Response& response) { response.status = status; });
  for (const auto& [code, expected] : kExpected) {
    status = code;
    EXPECT_EQ(outcome_of(target.url()), expected);
  }
}

TEST_F(HttpSource, EveryMessageOnceAndTheKeysInOrderUnderConcurrency) {
  std::mutex mutex;
  std::vector<std::string> bodies;
  Target target([&](const httplib::Request& request, httplib::Response&) {
    const std::lock_guard lock(mutex);
    bodies.push_back(request.body);
  });
  ASSERT_TRUE(start({.text = {{"url", target.url()},
                              {"messages", "2000"},
                              {"keys", "10"},
                              {"concurrency", "8"},
                              {"body", "{key} {seq}"}}})
                  .ok());
  ASSERT_TRUE(finish());
  source_->stop();
  std::map<std::string, int> next;
  for (const std::string& body : bodies) {
    const auto space = body.find(' ');
    EXPECT_EQ(std::stoi(body.substr(space)), ++next[body.substr(0, space)]);
  }
  EXPECT_EQ(bodies.size(), 2000U);
  EXPECT_EQ(next.size(), 10U);
  EXPECT_EQ(recorder_.counts().acked, 2000U);
  EXPECT_EQ(recorder_.counts().sent, 2000U);
}

TEST_F(HttpSource, ARefusedConnectionIsCertain) {
  TestListener listener;
  const std::string url = "http://" + listener.address() + "/";
  listener.close();
  EXPECT_EQ(outcome_of(url), "fail connection refused");
}

TEST_F(HttpSource, WithRetriesARefusedConnectionIsDialledAgainUntilTheTimeout) {
  TestListener listener;
  const std::string url = "http://" + listener.address() + "/";
  listener.close();
  const std::string outcome = outcome_of(url, {{"retries", "1"}, {"timeout", "60ms"}, {"backoff", "1ms"}});
  EXPECT_TRUE(outcome.starts_with("fail ") && outcome.ends_with(" (attempt 2)")) << outcome;
}

TEST_F(HttpSource, WhateverBreaksAfterTheFirstByteIsUnknown) {
  {
    Script script({[](TestSocket& socket) {
      read_request(socket);
      socket.close();
    }});
    EXPECT_EQ(outcome_of(script.url()), "info the server closed the connection before it had answered");
  }
  {
    Script script({[](TestSocket& socket) {
      read_request(socket);
      socket.reset();
    }});
    EXPECT_EQ(outcome_of(script.url()), "info connection reset by peer");
  }
  {
    Script script({answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")});
    EXPECT_EQ(outcome_of(script.url()), "info the server closed the connection before it had answered");
  }
  {
    Script script({answer("SSH-2.0-OpenSSH_9.2\r\n")});
    EXPECT_EQ(outcome_of(script.url()), "info the answer is not HTTP: no status line");
  }
  {
    Script script({[](TestSocket& socket) { socket.receive_all(); }});
    EXPECT_EQ(outcome_of(script.url(), {{"timeout", "50ms"}}), "info timed out");
  }
}

TEST_F(HttpSource, AnAnswerThatDripsIsBoundByTheTimeoutAsAWhole) {
  Script script({[](TestSocket& socket) {
    read_request(socket);
    while (socket.send("H") && socket.peek_now().end == TestSocket::End::open) {
    }
  }});
  const std::string outcome = outcome_of(script.url(), {{"timeout", "50ms"}});
  EXPECT_TRUE(outcome == "info timed out" || outcome == "info the answer is not HTTP: a header line is too long")
      << outcome;
}

TEST_F(HttpSource, AnAnswerMayTakeAnyShape) {
  for (const char* bytes :
       {"HTTP/1.0 201 Created\r\n\r\nuntil the end", "HTTP/1.1 201\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length:2\r\n\r\nok",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: r\r\n\r\n"}) {
    Script script({answer(bytes)});
    EXPECT_EQ(outcome_of(script.url()), "ok HTTP 201") << bytes;
  }
}

TEST_F(HttpSource, ARetryKeepsTheIdAndARejectionAfterAnUnknownAttemptStaysUnknown) {
  std::vector<std::string> ids;
  Target target([&](const httplib::Request& request, httplib::Response& response) {
    ids.push_back(request.body);
    response.status = ids.size() == 1 ? 503 : 409;
  });
  EXPECT_EQ(outcome_of(target.url(), {{"retries", "5"}, {"backoff", "1ms"}, {"body", "{id}"}}),
            "info HTTP 409 (attempt 2)");
  EXPECT_EQ(ids, (std::vector<std::string>{"o-000001", "o-000001"}));
  EXPECT_EQ(recorder_.counts().sent, 1U);
}

TEST_F(HttpSource, AConnectionThatTheServerClosedWhileIdleIsNotUsedAgain) {
  const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  Script script({answer(good), answer(good), answer(good)});
  ASSERT_TRUE(start({.text = {{"url", script.url()}, {"messages", "3"}, {"concurrency", "1"}}}).ok());
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.counts().acked, 3U);
}

TEST_F(HttpSource, StopEndsASendThatHangs) {
  Script script({[](TestSocket& socket) { socket.receive_all(); }});
  ASSERT_TRUE(
      start({.text = {{"url", script.url()}, {"messages", "100"}, {"concurrency", "1"}, {"timeout", "1h"}}}).ok());
  ASSERT_TRUE(recorder_.wait_for([](const LiveCounts& counts) { return counts.sent == 1; }));
  source_->stop();
  source_->stop();
  EXPECT_FALSE(source_->finished());
  EXPECT_EQ(recorder_.counts().info + recorder_.counts().failed, 1U);
  source_.reset();
}

TEST_F(HttpSource, WhatCannotWorkIsSaidBeforeAnythingIsSent) {
  struct Row {
    GivenParams given;
    const char* complaint;
  };
  const Row kRows[] = {
      {{.text = {{"url", "127.0.0.1:80/x"}}},
       "'127.0.0.1:80/x' is not a URL this source can use: it must begin with http://"},
      {{.text = {{"url", "https://a/"}}}, "'https://a/' is not a URL this source can use: TLS is not supported"},
      {{.text = {{"url", "http://a:x/"}}},
       "'http://a:x/' is not a URL this source can use: the port must be a number from 1 to 65535"},
      {{.text = {{"url", "http://:80/"}}}, "'http://:80/' is not a URL this source can use: it names no host"},
      {{.text = {{"url", "http://a/b c"}}},
       "'http://a/b c' is not a URL this source can use: blanks and control characters must be written as %20 and so "
       "on"},
      {{.text = {{"url", "http://a/"}}, .maps = {{"headers", {{"a b", "x"}}}}}, "'a b' cannot be the name of a header"},
      {{.text = {{"url", "http://a/"}}, .maps = {{"headers", {{"A", "x\r\nB: y"}}}}},
       "the header A holds a line break"},
      {{.text = {{"url", "http://a/"}}, .maps = {{"headers", {{"Content-Length", "5"}}}}},
       "the header Content-Length is set by the source itself"},
      {{.text = {{"url", "http://a/"}, {"payload", "17MiB"}}}, "a payload of 17MiB is too large, the most is 16MiB"},
  };
  for (const Row& row : kRows) {
    const Status started = start(row.given);
    ASSERT_FALSE(started.ok()) << row.complaint;
    EXPECT_EQ(started.error().message, row.complaint);
    EXPECT_EQ(started.error().code, ErrorCode::usage);
  }
  EXPECT_EQ(recorder_.counts().sent, 0U);
}

TEST(AttemptLog, OneWordForManyAttempts) {
  const auto outcome = [](const std::vector<Outcome>& attempts) {
    sources::AttemptLog log;
    for (const Outcome one : attempts) log.add({one, ""});
    return log.outcome();
  };
  EXPECT_EQ(outcome({}), EventType::info);
  EXPECT_EQ(outcome({Outcome::done}), EventType::ok);
  EXPECT_EQ(outcome({Outcome::uncertain, Outcome::done}), EventType::ok);
  EXPECT_EQ(outcome({Outcome::not_sent, Outcome::rejected}), EventType::fail);
  EXPECT_EQ(outcome({Outcome::uncertain, Outcome::rejected}), EventType::info);
  EXPECT_EQ(outcome({Outcome::uncertain, Outcome::not_sent}), EventType::info);
}

RC_GTEST_PROP(Template, TextsWithoutNamesStayAsTheyAre, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::element('{', '}', '$', 'i', 'd', '"', ':'));
  RC_PRE(text.find("{id}") == std::string::npos);
  RC_ASSERT(sources::Template(text).render({}) == text);
}

RC_GTEST_PROP(Template, NamesAreFilledWhereverTheyStand, ()) {
  const auto before = *rc::gen::container<std::string>(rc::gen::element('{', '}', ' ', 'x'));
  const auto after = *rc::gen::container<std::string>(rc::gen::element('{', '}', ' ', 'x'));
  sources::Message message;
  message.id = "A";
  message.seq = 5;
  RC_ASSERT(sources::Template(before + "{id}${seq}" + after).render(message) == before + "A5" + after);
}

/// Any interleaving: every message once, at most one in flight a key, in order.
RC_GTEST_PROP(Dispatch, KeepsTheOrderOfEachKey, (std::vector<std::uint8_t> choices)) {
  const auto count = *rc::gen::inRange<std::uint64_t>(1, 60);
  const auto keys = *rc::gen::inRange<std::uint64_t>(1, 8);
  sources::Dispatch dispatch(count, keys, 0, sources::KeyOrder::kept);
  std::vector<std::uint64_t> in_flight;
  std::map<std::uint64_t, std::uint64_t> next;
  std::size_t choice = 0;
  std::size_t steps = 0;
  while (!dispatch.done()) {
    RC_ASSERT(++steps < 10000U);
    const std::uint8_t pick = choices.empty() ? 1 : choices[choice++ % choices.size()];
    const auto taken = pick % 2 == 1 ? dispatch.take(Nanos{}).message : std::nullopt;
    if (taken) {
      const std::uint64_t key = *taken % keys;
      for (const std::uint64_t other : in_flight) RC_ASSERT(other % keys != key);
      RC_ASSERT(*taken == key + keys * next[key]++);
      in_flight.push_back(*taken);
    } else if (!in_flight.empty()) {
      const std::size_t which = pick / 2 % in_flight.size();
      dispatch.complete(in_flight[which]);
      in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(which));
    } else {
      ++choice;
      if (choices.empty() || choice > 2 * choices.size()) choices.assign(1, 1);
    }
  }
  RC_ASSERT(dispatch.exhausted());
}

TEST(Dispatch, ARateSpacesMessagesAndDoesNotMakeUpForAStall) {
  using namespace std::chrono_literals;
  sources::Dispatch dispatch(10, 10, 1000, sources::KeyOrder::kept);
  EXPECT_TRUE(dispatch.take(5ms).message);
  EXPECT_EQ(dispatch.take(5ms).at, Nanos(6ms));
  EXPECT_TRUE(dispatch.take(6ms).message);
  EXPECT_TRUE(dispatch.take(500ms).message);
  EXPECT_EQ(dispatch.take(500ms).at, Nanos(501ms));
}

/// However the bytes are cut, the same answer.
RC_GTEST_PROP(HttpResponse, DoesNotDependOnHowTheBytesArrive, (std::vector<std::uint8_t> cuts)) {
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 207 Multi\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n"
      "5\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
  HttpResponseParser parser;
  std::string_view rest = bytes;
  for (std::size_t i = 0; !rest.empty(); ++i) {
    RC_ASSERT(!parser.complete());
    const std::size_t step = std::max<std::size_t>(1, cuts.empty() ? rest.size() : cuts[i % cuts.size()] % 16U);
    RC_ASSERT(parser.feed(rest.substr(0, step)).ok());
    rest.remove_prefix(std::min(step, rest.size()));
  }
  RC_ASSERT(parser.complete());
  RC_ASSERT(parser.status() == 207);
  RC_ASSERT(parser.keep_alive());
}

RC_GTEST_PROP(HttpResponse, NeverFailsBadly, (std::string bytes)) {
  HttpResponseParser parser;
  (void)parser.feed("HTTP/1.1 200 " + bytes);
  HttpResponseParser other;
  (void)other.feed(bytes);
}

RC_GTEST_PROP(Url, WhatItPrintsItReads, ()) {
  sources::Url url;
  url.host = *rc::gen::element<std::string>("localhost", "127.0.0.1", "::1", "a-b.example");
  url.port = std::to_string(*rc::gen::inRange(1, 65536));
  url.path = *rc::gen::element<std::string>("/", "/a?b=c", "/%20");
  const auto read = sources::parse_url("http://" + url.authority() + url.path);
  RC_ASSERT(read.ok());
  RC_ASSERT(read->host == url.host);
  RC_ASSERT(read->port == url.port);
  RC_ASSERT(read->path == url.path);
}

}  // namespace
}  // namespace stormproof
