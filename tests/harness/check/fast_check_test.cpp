#include "harness/check/fast_check.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "harness/check/invariant_list.h"
#include "harness/history/binary_reader.h"
#include "harness/history/json_lines.h"
#include "tests/harness/check/render_result.h"
#include "tests/support/plain_history.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

const char* const kLists[] = {"exactly_once",
                              "at_least_once",
                              "at_most_once",
                              "no_loss,no_duplicates,no_phantoms:skew=100ms,integrity",
                              "exactly_once,in_order,no_gaps,recovery:1s,progress:1s,graceful_stop",
                              "exactly_once:skew=0s,progress:1s:under_fault=true,recovery:100ms"};

CheckOptions options(unsigned threads, Nanos settle) {
  CheckOptions chosen;
  chosen.threads = threads;
  chosen.settle = settle;
  return with_defaults(chosen);
}

/// The reference: every event, with a Message for each id.
std::string judged_slowly(const std::string& bytes, const std::string& invariants, Nanos settle) {
  TextSource source(bytes);
  ByteWindow in(source);
  in.fill(16);
  Checker checker(parse_invariant_list(invariants).value(), options(1, settle));
  const auto on_event = [&](const EventView& event) { checker.on_event(event); };
  const auto report = looks_binary(in.data(), in.size()) ? read_binary(in, on_event) : read_json_lines(in, on_event);
  return report ? render_result(checker.finish(*report)) : report.error().message;
}

/// "" when the fast way declines.
std::string judged_fast(const std::string& bytes, const std::string& invariants, Nanos settle, unsigned threads) {
  TextSource source(bytes);
  StoredBatches batches(source);
  const auto result = check_fast(batches, parse_invariant_list(invariants).value(), options(threads, settle));
  if (!result) return {};
  return *result ? render_result(**result) : (*result).error().message;
}

/// Whether the fast way took it.
bool same_both_ways(Rng& rng, const std::string& bytes) {
  const std::string invariants = kLists[rng.between(0, std::size(kLists) - 1)];
  const Nanos settle(rng.chance(0.7) ? 0 : rng.between(0, 2'000'000'000));
  const std::string expected = judged_slowly(bytes, invariants, settle);
  bool taken = false;
  for (const unsigned threads : {1U, 3U}) {
    const std::string fast = judged_fast(bytes, invariants, settle, threads);
    if (fast.empty()) continue;
    taken = true;
    RC_ASSERT(fast == expected);
  }
  return taken;
}

RC_GTEST_PROP(FastCheck, ComesToTheSameResultOnJsonLines, (std::uint64_t seed)) {
  Rng rng(seed);
  RC_CLASSIFY(same_both_ways(rng, as_json_lines(plain_history(rng, rng.between(0, 400)))));
}

RC_GTEST_PROP(FastCheck, ComesToTheSameResultOnPackedHistories, (std::uint64_t seed)) {
  Rng rng(seed);
  RC_CLASSIFY(same_both_ways(rng, as_packed(plain_history(rng, rng.between(0, 400)))));
}

TEST(FastCheck, ComesToTheSameResultOnLargeAndDamagedHistories) {
  int taken = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Rng rng(seed);
    const std::vector<Event> events = plain_history(rng, 6'000);
    std::string bytes = seed % 2 == 0 ? as_json_lines(events) : as_packed(events);
    if (seed % 3 == 0) bytes[bytes.size() / 3] = '\0';
    if (seed % 4 == 0) bytes.resize(bytes.size() - 30);
    taken += same_both_ways(rng, bytes) ? 1 : 0;
  }
  EXPECT_GE(taken, 6);
}

std::vector<Event> sends(std::int64_t count, std::int64_t apart) {
  std::vector<Event> events;
  for (std::int64_t i = 0; i < 2 * count; ++i) {
    Event event;
    event.t = Nanos(i);
    event.type = i % 2 == 0 ? EventType::ok : EventType::effect;
    event.id = std::to_string(i / 2 * apart);
    events.push_back(std::move(event));
  }
  return events;
}

TEST(FastCheck, TakesEveryFormOfIdAndListsWithoutNeedOfMessages) {
  for (const char* const invariants :
       {"exactly_once", "no_loss", "exactly_once,in_order,no_gaps,integrity,recovery,progress"}) {
    EXPECT_NE(judged_fast(as_packed(sends(100, 1)), invariants, {}, 1), "") << invariants;
    EXPECT_NE(judged_fast(as_json_lines(sends(100, 1)), invariants, {}, 1), "") << invariants;
  }
}

TEST(FastCheck, DeclinesWhatNeedsEveryMessage) {
  EXPECT_EQ(judged_fast(as_packed(sends(10, 1)), "exactly_once,in_order:stream", {}, 1), "");
  EXPECT_EQ(judged_fast(as_packed(sends(10, 1)), "exactly_once:skew=1s,at_most_once:skew=2s", {}, 1), "");
  std::vector<Event> events = sends(10, 1);
  events[3].seq = 4;
  EXPECT_NE(judged_fast(as_packed(events), "exactly_once", {}, 1), "");
  EXPECT_EQ(judged_fast(as_packed(events), "exactly_once,in_order", {}, 1), "");
  events[5].digest = "00000000000000aa";
  EXPECT_EQ(judged_fast(as_packed(events), "exactly_once", {}, 1), "");
}

/// What the states of so many messages take. 0 when their numbers lie too far apart to be bits.
std::size_t bytes_taken(std::uint64_t count, std::uint64_t apart, NumberedIds numbered) {
  MessageStates states(numbered, std::chrono::seconds(1));
  std::vector<PlainEvent> events;
  for (std::uint64_t i = 0; i < count; ++i) {
    const MessageCode code{i * apart, *code_of_prefix("m-")};
    events.push_back({static_cast<std::int64_t>(i), code.a, code.b | static_cast<std::uint64_t>(EventType::ok)});
  }
  states.apply(events);
  return states.scattered() ? 0 : states.bytes();
}

TEST(FastCheck, NumbersInARowTakeLessThanAByteAMessageOthersAtMostTwentyFive) {
  EXPECT_LE(bytes_taken(4'000'000, 1, NumberedIds::dense), 4'000'000U);
  EXPECT_EQ(bytes_taken(3'000'000, 1'000'003, NumberedIds::dense), 0U);
  for (const std::uint64_t count : {300'000, 330'000, 360'000}) {
    EXPECT_LE(bytes_taken(count, 1'000'003, NumberedIds::sparse), count * 25) << count;
  }
}

TEST(FastCheck, StopsBeforeItNeedsMoreMemoryThanAllowed) {
  const TempDir dir;
  CheckOptions chosen;
  chosen.memory = 100 * 1024;
  for (const char* const invariants : {"exactly_once", "in_order:stream"}) {
    std::ofstream(dir / "h.jsonl", std::ios::binary) << as_json_lines(sends(20'000, 1'000'003));
    const auto result = check_history_file(dir / "h.jsonl", parse_invariant_list(invariants).value(), chosen);
    ASSERT_FALSE(result.ok()) << invariants;
    EXPECT_EQ(result.error().code, ErrorCode::environment);
    EXPECT_EQ(result.error().message.rfind("checking needs more than 0.1 MiB of memory: ", 0), 0U)
        << result.error().message;
    EXPECT_NE(result.error().hint.find("--memory"), std::string::npos);
  }
}

TEST(FastCheck, APipeIsKeptToBeReadTwice) {
  const TempDir dir;
  const std::filesystem::path pipe = dir / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << as_packed(sends(50'000, 1)); });
  const auto result = check_history_file(pipe, parse_invariant_list("exactly_once").value(), {});
  writer.join();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->verdict, Verdict::pass);
  EXPECT_EQ(result->counts.effects, 50'000U);
}

/// The table of steps agrees with the rules it is made of, for every history of up to six events of one message.
TEST(MessageState, TheTableSaysWhatTheRulesSay) {
  for (unsigned word = 0; word < 5 * 5 * 5 * 5 * 5 * 5; ++word) {
    MessageParts parts;
    MessageState state = MessageState::unseen;
    for (unsigned rest = word, i = 0; i < 6 && state != MessageState::special; ++i, rest /= 5) {
      const auto type = static_cast<EventType>(rest % 5 + 1);
      const int waiting = advance(parts, type);
      const unsigned step = kSteps[static_cast<unsigned>(state) * 8 + rest % 5 + 1];
      state = static_cast<MessageState>(step & Step::kStateMask);
      ASSERT_EQ(state, state_of(parts));
      ASSERT_EQ((step & Step::kWaits) != 0, waiting > 0);
      ASSERT_EQ((step & Step::kArrives) != 0, waiting < 0);
    }
  }
}

}  // namespace
}  // namespace stormproof
