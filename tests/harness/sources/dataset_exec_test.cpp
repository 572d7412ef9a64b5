// The sources that need no network: a dataset file, a child process; and the child helper below them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/base/child.h"
#include "harness/base/rng.h"
#include "harness/model/message_json.h"
#include "harness/sources/catalog.h"
#include "harness/sources/workload.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_recorder.h"
#include "tests/support/plugin_params.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

class SourceTest : public ::testing::Test {
 protected:
  Status make(const SourceKind& kind, const GivenParams& given) {
    params_ = params_of(kind.info.params, given);
    SourceSpec spec;
    spec.params = params_;
    source_ = kind.make(spec, {recorder_, clock_, Rng(7), dir_.path(), "run-1"});
    return source_->prepare(values_);
  }
  std::vector<nlohmann::json> lines() const {
    std::ifstream file(values_.at("path"));
    std::vector<nlohmann::json> all;
    for (std::string line; std::getline(file, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }

  TempDir dir_;
  SteadyClock clock_;
  FakeRecorder recorder_;
  Params params_;
  std::map<std::string, std::string> values_;
  std::unique_ptr<Source> source_;
};

using DatasetSource = SourceTest;

TEST_F(DatasetSource, EveryRecordIsThereOnceAndTheFlawedOnesMustNotTakeEffect) {
  ASSERT_TRUE(make(sources::dataset_kind, {.text = {{"records", "500"},
                                                    {"streams", "7"},
                                                    {"payload", "32B"},
                                                    {"bad", "5"},
                                                    {"poison_server", "3"},
                                                    {"poison_client", "2"}}})
                  .ok());
  EXPECT_EQ(values_["records"], "500");
  EXPECT_EQ(values_["streams"], "7");
  std::map<std::string, int> found;
  std::map<std::string, std::int64_t> next;
  std::set<std::string> flawed;
  std::set<std::string> ids;
  for (const auto& record : lines()) {
    ids.insert(record["id"]);
    EXPECT_EQ(record["seq"], ++next[record["key"]]);
    const std::string payload = record["payload"];
    EXPECT_EQ(payload.size(), 32U);
    const bool bad = sources::digest_of(payload) != record["digest"];
    if (bad) ++found["bad"];
    if (record.contains("poison")) ++found["poison " + record["poison"].get<std::string>()];
    if (bad || record.contains("poison")) flawed.insert(record["id"]);
  }
  EXPECT_EQ(ids.size(), 500U);
  EXPECT_EQ(next.size(), 7U);
  EXPECT_EQ(found, (std::map<std::string, int>{{"bad", 5}, {"poison server", 3}, {"poison client", 2}}));
  EXPECT_EQ(recorder_.counts().sent, 500U);
  EXPECT_EQ(recorder_.counts().acked, 490U);
  const auto failed = recorder_.ids(EventType::fail);
  EXPECT_EQ(std::set<std::string>(failed.begin(), failed.end()), flawed);
  EXPECT_TRUE(source_->start(params_).ok());
  EXPECT_TRUE(source_->finished());
}

TEST_F(DatasetSource, TheSameSeedWritesTheSameFile) {
  const GivenParams given{.text = {{"records", "100"}, {"bad", "3"}}};
  ASSERT_TRUE(make(sources::dataset_kind, given).ok());
  const auto first = lines();
  ASSERT_TRUE(make(sources::dataset_kind, given).ok());
  EXPECT_EQ(lines(), first);
}

TEST_F(DatasetSource, MoreFlawsThanRecords) {
  const Status prepared =
      make(sources::dataset_kind, {.text = {{"records", "10"}, {"bad", "6"}, {"poison_client", "5"}}});
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().code, ErrorCode::usage);
  EXPECT_EQ(prepared.error().message, "the dataset has 10 records, but 11 are to be bad or poison");
}

TEST_F(DatasetSource, ADirectoryThatCannotBeWritten) {
  std::filesystem::create_directory(dir_ / "dataset.jsonl");
  const Status prepared = make(sources::dataset_kind, {.text = {{"records", "10"}}});
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().code, ErrorCode::environment);
  EXPECT_EQ(prepared.error().message,
            "cannot write the dataset " + (dir_ / "dataset.jsonl").string() + ": Is a directory");
}

RC_GTEST_PROP(Workload, MessagesAreAFunctionOfTheirNumber, (std::uint64_t seed)) {
  const auto count = *rc::gen::inRange<std::uint64_t>(1, 200);
  const auto keys = *rc::gen::inRange<std::uint64_t>(1, 20);
  const sources::Workload one(count, keys, 16, Rng(seed));
  const sources::Workload two(count, keys, 16, Rng(seed));
  std::set<std::string> ids;
  std::map<std::string, std::int64_t> next;
  for (std::uint64_t n = 0; n < count; ++n) {
    const sources::Message message = one.message(n);
    RC_ASSERT(message.payload == two.message(n).payload);
    RC_ASSERT(message.digest == sources::digest_of(message.payload));
    RC_ASSERT(ids.insert(message.id).second);
    RC_ASSERT(message.seq == ++next[message.key]);
  }
}

class ExecSource : public SourceTest {
 protected:
  Status start(const std::string& script) {
    EXPECT_TRUE(
        make(sources::exec_kind, {.lists = {{"command", {"sh", "-c", script}}}, .maps = {{"env", {{"EXTRA", "yes"}}}}})
            .ok());
    return source_->start(params_);
  }
  bool finish() {
    return eventually([this] { return source_->finished(); });
  }
  std::vector<std::string> unknowns() const { return recorder_.notes("harness", "unknown"); }
};

TEST_F(ExecSource, ItsLinesAreTheOperations) {
  ASSERT_TRUE(start(R"(echo '{"type":"invoke","id":"a","key":"k","seq":1,"digest":"00ff"}'
                       echo '{"type":"invoke","id":"b"}'; echo
                       echo '{"type":"ok","id":"a"}'
                       echo '{"type":"fail","id":"b"}'
                       echo "{\"type\":\"invoke\",\"id\":\"$EXTRA-$STORMPROOF_RUN\"}"
                       echo '{"type":"info","id":"yes-run-1"}')")
                  .ok());
  ASSERT_TRUE(finish());
  const auto events = recorder_.events();
  ASSERT_EQ(events.size(), 6U);
  EXPECT_EQ(events[2].type, EventType::ok);
  EXPECT_EQ(events[2].key, "k") << "told once, at the invoke";
  EXPECT_EQ(events[2].seq, 1);
  EXPECT_EQ(events[2].digest, "00ff");
  EXPECT_EQ(events[2].by, "source");
  EXPECT_EQ(recorder_.ids(EventType::info), std::vector<std::string>{"yes-run-1"});
  EXPECT_TRUE(unknowns().empty());
}

TEST_F(ExecSource, WhatHasNoOutcomeAtTheEndIsInfo) {
  ASSERT_TRUE(start(R"(echo '{"type":"invoke","id":"a"}')").ok());
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.ids(EventType::info), std::vector<std::string>{"a"});
}

TEST_F(ExecSource, MalformedLinesMakeTheRunUnknown) {
  ASSERT_TRUE(start(R"(echo 'sending a'; echo '{"type":"ok","id":"never-invoked"}'; echo '{"id":"a"}'
                       echo '{"type":"effect","id":"a"}'; printf '{"type":"invoke","id":"a"}')")
                  .ok());
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.counts().sent, 1U) << "the last line needs no newline";
  EXPECT_EQ(unknowns(), std::vector<std::string>{
                            "source exec: 4 of its lines were not operations, the first: not JSON: 'sending a'"});
}

TEST_F(ExecSource, AFailingChildMakesTheRunUnknown) {
  ASSERT_TRUE(start("echo connection refused >&2; exit 3").ok());
  ASSERT_TRUE(finish());
  ASSERT_EQ(unknowns().size(), 1U);
  EXPECT_NE(unknowns()[0].find("exited with code 3: connection refused"), std::string::npos);
}

TEST_F(ExecSource, StopKillsTheWholeGroup) {
  ASSERT_TRUE(start(R"(sleep 1000 & echo "{\"type\":\"invoke\",\"id\":\"$!\"}"; trap '' TERM; wait; sleep 1000)").ok());
  ASSERT_TRUE(recorder_.wait_for([](const LiveCounts& counts) { return counts.sent == 1; }));
  const pid_t grandchild = std::stoi(recorder_.ids(EventType::invoke)[0]);
  EXPECT_FALSE(source_->finished());
  source_->stop();
  source_->stop();
  EXPECT_EQ(recorder_.counts().info, 1U);
  EXPECT_TRUE(unknowns().empty()) << "it was us who stopped it";
  EXPECT_TRUE(eventually([&] {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string pid, name, state;
    return !(stat >> pid >> name >> state) || state == "Z";
  }));
}

TEST_F(ExecSource, AMissingProgram) {
  ASSERT_TRUE(make(sources::exec_kind, {.lists = {{"command", {"/no/such/program"}}}}).ok());
  const Status started = source_->start(params_);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, ErrorCode::environment);
  EXPECT_EQ(started.error().message, "cannot run '/no/such/program': No such file or directory");
  source_->stop();
  EXPECT_FALSE(make(sources::exec_kind, {.lists = {{"command", {}}}}).ok());
}

TEST_F(ExecSource, AFloodIsSlowedDownNotDropped) {
  constexpr std::uint64_t kMessages = 50000;
  ASSERT_TRUE(
      start(
          R"(awk 'BEGIN{for(i=0;i<50000;i++) printf "{\"type\":\"invoke\",\"id\":\"%d\"}\n{\"type\":\"ok\",\"id\":\"%d\"}\n",i,i}')")
          .ok());
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.counts().sent, kMessages);
  EXPECT_EQ(recorder_.counts().acked, kMessages);
  EXPECT_TRUE(unknowns().empty());
}

TEST(ChildRunner, KeepsTheEndOfAFloodOnStderrAndCutsEndlessLines) {
  std::vector<std::size_t> sizes;
  ChildRunner child(
      {.argv = {"sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' e >&2; head -c 300000 /dev/zero; echo last >&2"},
       .env = {},
       .directory = {},
       .line_max = 1000},
      [&](std::string_view line) { sizes.push_back(line.size()); });
  ASSERT_TRUE(child.start().ok());
  ASSERT_TRUE(child.wait_for(std::chrono::seconds(30)));
  EXPECT_TRUE(child.exit().success());
  EXPECT_EQ(sizes, std::vector<std::size_t>{1000});
  EXPECT_EQ(child.stderr_tail().size(), 4096U);
  EXPECT_TRUE(child.stderr_tail().ends_with("elast\n"));
}

TEST(ChildRunner, StartsInItsDirectoryWithDefaultSignalsAndNoDescriptorsOfOurs) {
  TempDir dir;
  std::vector<std::string> lines;
  ChildRunner child({.argv = {"sh", "-c", "pwd; ls /proc/self/fd | wc -l; grep -E 'SigBlk|SigIgn' /proc/self/status"},
                     .env = {},
                     .directory = dir.path().string()},
                    [&](std::string_view line) { lines.emplace_back(line); });
  signal(SIGPIPE, SIG_IGN);
  ASSERT_TRUE(child.start().ok());
  signal(SIGPIPE, SIG_DFL);
  ASSERT_TRUE(child.wait_for(std::chrono::seconds(30)));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0], dir.path().string());
  EXPECT_EQ(lines[1], "4") << "stdin, stdout, stderr and ls's own";
  EXPECT_EQ(lines[2], "SigBlk:\t0000000000000000");
  EXPECT_EQ(lines[3], "SigIgn:\t0000000000000000");
}

RC_GTEST_PROP(LineCutter, LinesDoNotDependOnHowTheBytesArrive, (std::vector<std::uint8_t> cuts)) {
  const auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '\n', '\r', '\0'));
  const auto collect = [&](const std::vector<std::string_view>& pieces) {
    LineCutter cutter(4);
    std::vector<std::string> lines;
    const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
    for (const std::string_view piece : pieces) cutter.feed(piece, keep);
    cutter.finish(keep);
    return lines;
  };
  std::vector<std::string_view> pieces;
  std::string_view rest = text;
  for (const std::uint8_t cut : cuts) {
    pieces.push_back(rest.substr(0, cut % 6));
    rest.remove_prefix(pieces.back().size());
  }
  pieces.push_back(rest);
  RC_ASSERT(collect(pieces) == collect({std::string_view(text)}));
}

/// Whatever the bytes, an answer; and what is written as JSON reads back.
RC_GTEST_PROP(MessageJson, NeverFailsBadly, (std::string text)) {
  (void)parse_messages(text);
  (void)parse_message("{" + text + "}", MessageType::required);
}

RC_GTEST_PROP(MessageJson, ReadsBackWhatJsonWrites, (std::int64_t seq)) {
  const auto word = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  nlohmann::json object;
  object["id"] = *rc::gen::suchThat(word, [](const std::string& id) { return !id.empty(); });
  object["key"] = *word;
  object["seq"] = seq;
  const auto events = parse_messages(nlohmann::json::array({object, object}).dump());
  RC_ASSERT(events.ok());
  RC_ASSERT(events->size() == 2U);
  RC_ASSERT((*events)[1].id == object["id"].get<std::string>());
  RC_ASSERT((*events)[1].key == object["key"].get<std::string>());
  RC_ASSERT((*events)[1].seq == seq);
}

}  // namespace
}  // namespace stormproof
