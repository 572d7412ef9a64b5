/// Streams large enough to be spliced, in every shape an application gives them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "tests/faults/link/live_link.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;
using End = TestSocket::End;

constexpr std::size_t kLarge = std::size_t{6} << 20U;

class Traffic : public LiveLink {
 protected:
  /// Both ends of a connection through the link.
  struct Line {
    TestSocket client;
    TestSocket server;
  };
  Line line() {
    Line made;
    made.client = connect();
    made.server = server_.accept();
    return made;
  }
  /// Sends and finishes on a thread of its own.
  static std::thread sender(TestSocket& socket, const std::string& bytes) {
    return std::thread([&socket, &bytes] {
      socket.send(bytes);
      socket.finish_sending();
    });
  }
  bool all_closed() {
    return eventually([&] { return host_->stats("feed").open == 0; });
  }

  TestListener server_;
};

TEST_F(Traffic, BothWaysAtOnce) {
  open(server_.address());
  Line line = this->line();
  const std::string up = pattern(kLarge);
  const std::string down = pattern(kLarge + 1);
  std::thread from_client = sender(line.client, up);
  std::thread from_server = sender(line.server, down);
  std::string got_up;
  std::thread to_server([&] { got_up = line.server.receive_all().bytes; });
  const auto got_down = line.client.receive_all();
  from_client.join();
  from_server.join();
  to_server.join();
  EXPECT_TRUE(got_up == up);
  EXPECT_TRUE(got_down.bytes == down);
  EXPECT_EQ(got_down.end, End::fin);
  EXPECT_TRUE(all_closed());
}

TEST_F(Traffic, TheServerMayFinishFirst) {
  open(server_.address());
  Line line = this->line();
  const std::string bytes = pattern(kLarge);
  std::thread from_server = sender(line.server, bytes);
  EXPECT_TRUE(line.client.receive_all().bytes == bytes);
  from_server.join();
  EXPECT_EQ(host_->stats("feed").open, 1U);
  std::thread from_client = sender(line.client, bytes);
  const auto got = line.server.receive_all();
  from_client.join();
  EXPECT_TRUE(got.bytes == bytes);
  EXPECT_EQ(got.end, End::fin);
  EXPECT_TRUE(all_closed());
}

TEST_F(Traffic, AResetAmidAFloodFreesEverything) {
  open(server_.address());
  { line(); }
  ASSERT_TRUE(all_closed());
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    Line line = this->line();
    const std::string flood = pattern(kLarge);
    line.client.send_what_fits(flood);
    line.server.send_what_fits(flood);
    (i % 2 == 0 ? line.client : line.server).reset();
    const TestSocket::Read last = (i % 2 == 0 ? line.server : line.client).receive_all();
    EXPECT_EQ(last.end, End::reset) << "the other side shall not take it for the end of the stream";
  }
  EXPECT_TRUE(all_closed());
  // Empty pipes may be kept for the next flood: as many as were in use at once.
  EXPECT_LE(open_descriptors(), before + 4);
}

TEST_F(Traffic, OneFamilyInFrontOfAnother) {
  const TempDir directory;
  const std::string path = "unix:" + (directory / "front").string();
  EchoServer six("[::1]");
  open({.listen = "127.0.0.1:0", .upstream = six.address()});
  ASSERT_TRUE(host_->open("four-to-six-to-file", {.listen = path, .upstream = address_}).ok());
  const auto last = host_->open("all", {.listen = "[::1]:0", .upstream = path});
  ASSERT_TRUE(last.ok()) << last.error().message;
  TestSocket client = TestSocket::connect(*last);
  const std::string bytes = pattern(kLarge);
  std::thread writer = sender(client, bytes);
  EXPECT_TRUE(client.receive_all().bytes == bytes);
  writer.join();
}

TEST_F(Traffic, ControlDoesNotWaitForDataThatIsStuck) {
  open(server_.address());
  std::vector<Line> lines;
  const std::string flood = pattern(kLarge);
  for (int i = 0; i < 10; ++i) {
    lines.push_back(line());
    lines.back().client.send_what_fits(flood);
    lines.back().server.send_what_fits(flood);
  }
  const Nanos before = clock_.now();
  for (int i = 0; i < 100; ++i) {
    auto slow = inject(latency_kind, [](FaultSpec& spec) { spec.params.set("latency", Nanos(1h)); });
    auto cut = inject(partition_kind);
    EXPECT_EQ(host_->stats("feed").open, 10U) << "no change closes a connection by itself";
    EXPECT_TRUE(cut->heal(*this).ok());
    EXPECT_TRUE(slow->heal(*this).ok());
  }
  EXPECT_LT(clock_.now() - before, 10s) << "five hundred calls; one that waited for data would never return";
}

/// Any faults that only delay, hold or cut into pieces, in any sequence: what comes out equals what went in.
RC_GTEST_FIXTURE_PROP(Traffic, FaultsThatSpareTheBytesSpareTheStream, ()) {
  static const std::vector<const FaultKind*> kSparing = {&latency_kind, &slicer_kind, &partition_kind, &half_open_kind,
                                                         &slow_close_kind};
  const auto kinds =
      *rc::gen::resize(8, rc::gen::container<std::vector<const FaultKind*>>(rc::gen::elementOf(kSparing)));
  const auto overlap = *rc::gen::inRange<std::size_t>(0, 3);
  EchoServer echo;
  open(echo.address());
  TestSocket client = connect();
  const std::string sent = pattern(std::size_t{1} << 20U);
  std::thread writer = sender(client, sent);
  std::vector<std::unique_ptr<Fault>> armed;
  std::string got;
  for (const FaultKind* kind : kinds) {
    armed.push_back(inject(*kind, [kind](FaultSpec& spec) {
      if (kind == &latency_kind) spec.params.set("latency", Nanos(1ms));
      if (kind == &slow_close_kind) spec.params.set("delay", Nanos(1ms));
      if (kind == &slicer_kind) spec.params.set("size", std::uint64_t{1000});
    }));
    if (armed.size() > overlap) {
      RC_ASSERT(armed.front()->heal(*this).ok());
      armed.erase(armed.begin());
    }
    got += client.peek_now().bytes.empty() ? "" : client.receive(1).bytes;
  }
  for (auto& fault : armed) RC_ASSERT(fault->heal(*this).ok());
  got += client.receive_all().bytes;
  writer.join();
  RC_ASSERT(got == sent);
}

}  // namespace
}  // namespace stormproof
