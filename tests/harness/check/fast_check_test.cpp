#include "harness/check/fast_check.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "harness/check/invariant_list.h"
#include "harness/history/binary_reader.h"
#include "harness/history/json_lines.h"
#include "tests/harness/check/plain_history.h"
#include "tests/harness/check/render_result.h"

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
  const auto result = check_fast(source, parse_invariant_list(invariants).value(), options(threads, settle));
  if (!result) return {};
  return *result ? render_result(**result) : (*result).error().message;
}

void expect_same(Rng& rng, const std::vector<Event>& events, const std::string& bytes, int& taken) {
  const std::string invariants = kLists[rng.between(0, std::size(kLists) - 1)];
  const Nanos settle(rng.chance(0.7) ? 0 : rng.between(0, 2'000'000'000));
  const std::string expected = judged_slowly(bytes, invariants, settle);
  for (const unsigned threads : {1U, 3U}) {
    const std::string fast = judged_fast(bytes, invariants, settle, threads);
    if (fast.empty()) return;
    ++taken;
    RC_ASSERT(fast == expected);
  }
  static_cast<void>(events);
}

RC_GTEST_PROP(FastCheck, ComesToTheSameResultOnJsonLines, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::vector<Event> events = plain_history(rng, rng.between(0, 400));
  int taken = 0;
  expect_same(rng, events, as_json_lines(events), taken);
  RC_CLASSIFY(taken > 0);
}

RC_GTEST_PROP(FastCheck, ComesToTheSameResultOnPackedHistories, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::vector<Event> events = plain_history(rng, rng.between(0, 400));
  int taken = 0;
  expect_same(rng, events, as_packed(events), taken);
  RC_CLASSIFY(taken > 0);
}

}  // namespace
}  // namespace stormproof
