// The small parts below the supervisor: what they read, cut and reserve.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <unistd.h>

#include <set>

#include "harness/base/fd.h"
#include "harness/supervise/cgroup.h"
#include "harness/supervise/grpc_health.h"
#include "harness/supervise/line_splitter.h"
#include "harness/supervise/output.h"
#include "harness/supervise/port_pool.h"
#include "harness/supervise/proc_fs.h"
#include "harness/supervise/proc_gauges.h"
#include "harness/supervise/spawn.h"

namespace stormproof {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
  std::vector<std::string> lines;
  LineSplitter splitter;
  const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
  for (const auto& piece : pieces) splitter.feed(piece, keep);
  splitter.finish(keep);
  return lines;
}

TEST(ProcGauges, CountWhatTheProcessHolds) {
  const auto before = proc_gauges(::getpid());
  ASSERT_TRUE(before);
  EXPECT_GE(before->threads, 1);
  EXPECT_GT(before->memory, 0);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  EXPECT_EQ(proc_gauges(::getpid())->files, before->files + 2);
  read_end.reset();
  write_end.reset();
  EXPECT_EQ(proc_gauges(::getpid())->files, before->files);
  EXPECT_FALSE(proc_gauges(0));
}

TEST(LineSplitter, LinesComeWhole) { EXPECT_THAT(lines_of({"a", "b\nc\r", "\n\nd"}), ElementsAre("ab", "c", "", "d")); }

TEST(LineSplitter, AnEndlessLineIsCutOnceAndItsRestSkipped) {
  const auto lines = lines_of({std::string(100'000, 'x'), std::string(100'000, 'x') + "\nnext\n"});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].size(), LineSplitter::kMaxLine);
  EXPECT_EQ(lines[1], "next");
}

RC_GTEST_PROP(LineSplitter, PiecesDoNotMatter, (const std::vector<std::vector<bool>>& bits)) {
  std::string whole;
  std::vector<std::string> pieces;
  for (const auto& piece : bits) {
    std::string text;
    for (const bool bit : piece) text += bit ? '\n' : 'x';
    whole += text;
    pieces.push_back(text);
  }
  RC_ASSERT(lines_of(pieces) == lines_of({whole}));
}

TEST(ProcFs, KnowsHowManyTasksWantAProcessor) {
  const double demand = processor_demand();
  EXPECT_GE(demand, 0);
  EXPECT_LT(demand, 1e6);
}

TEST(ProcStat, ACommandNameMayHoldAnything) {
  const auto stat = parse_proc_stat("42 (a) b (c) T 7 8 9 0 -1 4194304 1 2");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->pid, 42);
  EXPECT_TRUE(stat->stopped());
  EXPECT_EQ(stat->parent, 7);
  EXPECT_EQ(stat->group, 8);
  EXPECT_EQ(stat->session, 9);
}

RC_GTEST_PROP(ProcStat, AnyTextIsAnAnswerOrNone, (const std::string& text)) {
  (void)parse_proc_stat(text);
  (void)parse_proc_stat("1 (" + text);
}

TEST(ProcEnvironment, FindsWholeNamesOnly) {
  const std::string block("XA=run\0A=run/1\0B=A=run", 22);
  EXPECT_TRUE(environment_has(block, "A", "run"));
  EXPECT_TRUE(environment_has(block, "A", "run/1"));
  EXPECT_FALSE(environment_has(block, "A", "run/2"));
  EXPECT_FALSE(environment_has(block, "N", "run"));
}

constexpr const char* kHybridMounts =
    "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n"
    "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0\n"
    "cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\n"
    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n";

TEST(Cgroups, FindsVersion1ByController) {
  const auto place = find_v1_hierarchy("5:memory:/user/me\n4:cpu,cpuacct:/\n0::/x\n", kHybridMounts, "memory");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->mount, "/sys/fs/cgroup/memory");
  EXPECT_EQ(place->group, "/user/me");
  const auto cpu = find_v1_hierarchy("5:memory:/user/me\n4:cpu,cpuacct:/\n", kHybridMounts, "cpu");
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->mount, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_FALSE(find_v1_hierarchy("0::/user.slice\n", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", "memory"));
}

TEST(Cgroups, FindsVersion2) {
  const auto place = find_v2_hierarchy("0::/user.slice/a.scope\n", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->group, "/user.slice/a.scope");
}

std::string h2_frame(char type, char flags, char stream, const std::string& payload) {
  std::string out{'\0', '\0', static_cast<char>(payload.size()), type, flags, '\0', '\0', '\0', stream};
  return out + payload;
}

const std::string kSettingsFrame = h2_frame(4, 0, 0, "");
const std::string kHeadersFrame = h2_frame(1, 4, 1, "\x88");

std::string health_message(const std::string& response) {
  return std::string{'\0', '\0', '\0', '\0', static_cast<char>(response.size())} + response;
}

using State = GrpcHealthReply::State;

TEST(GrpcHealth, ServingAndNot) {
  const auto answer = [](const std::string& response) {
    return GrpcHealthReply().feed(kSettingsFrame + kHeadersFrame + h2_frame(0, 0, 1, health_message(response)));
  };
  EXPECT_EQ(answer("\x08\x01"), State::serving);
  EXPECT_EQ(answer("\x08\x02"), State::not_serving);
  EXPECT_EQ(answer(""), State::not_serving);
}

TEST(GrpcHealth, TrailersOnlyMeansNoSuchService) {
  EXPECT_EQ(GrpcHealthReply().feed(kSettingsFrame + h2_frame(1, 5, 1, "\x88")), State::refused);
}

TEST(GrpcHealth, AnotherProtocolIsRefused) {
  EXPECT_EQ(GrpcHealthReply().feed("HTTP/1.1 400 Bad Request\r\n\r\n"), State::refused);
}

TEST(GrpcHealth, PaddedDataIsRead) {
  const std::string padded = std::string(1, '\x03') + health_message("\x08\x01") + std::string(3, '\0');
  EXPECT_EQ(GrpcHealthReply().feed(h2_frame(0, 8, 1, padded)), State::serving);
  EXPECT_EQ(GrpcHealthReply().feed(h2_frame(0, 8, 1, "\x09")), State::refused);
}

RC_GTEST_PROP(GrpcHealth, PiecesDoNotMatter, ()) {
  const std::string whole = kSettingsFrame + kHeadersFrame + h2_frame(0, 0, 1, health_message("\x08\x01"));
  const auto cut = *rc::gen::inRange<std::size_t>(0, whole.size());
  GrpcHealthReply reply;
  reply.feed(std::string_view(whole).substr(0, cut));
  RC_ASSERT(reply.feed(std::string_view(whole).substr(cut)) == State::serving);
}

RC_GTEST_PROP(GrpcHealth, AnyBytesAreAnAnswer, (const std::vector<std::string>& pieces)) {
  GrpcHealthReply reply;
  for (const auto& piece : pieces) (void)reply.feed(piece);
}

TEST(PortRange, LiesOutsideTheEphemeralOne) {
  EXPECT_EQ(port_range(32'768, 60'999), (std::pair{10'000, 32'767}));
  EXPECT_EQ(port_range(15'000, 65'000), (std::pair{10'000, 14'999}));
  EXPECT_EQ(port_range(1024, 40'000), (std::pair{40'001, 65'535}));
  EXPECT_EQ(port_range(1024, 65'535), (std::pair{10'000, 32'767})) << "nothing is outside";
}

TEST(PortPool, TwoPoolsNeverGiveTheSamePort) {
  PortPool one{Rng(1)};
  PortPool two{Rng(1)};
  std::set<int> ports;
  for (int i = 0; i < 50; ++i) {
    for (PortPool* pool : {&one, &two}) {
      const auto port = pool->allocate();
      ASSERT_TRUE(port) << port.error().message;
      EXPECT_TRUE(ports.insert(*port).second) << *port;
    }
  }
}

TEST(PortPool, APortIsFreeAgainWithItsPool) {
  int first = 0;
  {
    PortPool pool{Rng(7)};
    first = pool.allocate().value();
  }
  PortPool pool{Rng(7)};
  EXPECT_EQ(pool.allocate().value(), first);
}

TEST(LogTail, KeepsTheLastLinesPrintable) {
  LogTail tail;
  for (int i = 0; i < 30; ++i) tail.add("line " + std::to_string(i) + "\x1b[31m");
  EXPECT_THAT(tail.text(), HasSubstr("    line 29\\x1b[31m"));
  EXPECT_THAT(tail.text(), ::testing::Not(HasSubstr("line 10")));
}

TEST(FindExecutable, LooksThroughThePath) {
  EXPECT_EQ(find_executable("sh", "/nope:/bin").value(), "/bin/sh");
  EXPECT_FALSE(find_executable("sh", "/nope"));
  EXPECT_EQ(find_executable("/a/b", "").value(), "/a/b");
}

}  // namespace
}  // namespace stormproof
