#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "harness/check/live_check.h"
#include "tests/harness/check/naive_checker.h"
#include "tests/harness/check/random_history.h"
#include "tests/harness/check/render_result.h"

namespace stormproof {
namespace {

CheckResult judge(const std::vector<Event>& events, std::string_view invariants) {
  Checker checker(parse_invariant_list(invariants).value(), CheckOptions{});
  for (const Event& event : events) checker.on_event(event.view());
  return checker.finish(ReadReport{});
}

std::map<std::string, std::uint64_t> anomalies(const Counts& counts) {
  std::map<std::string, std::uint64_t> found{{"lost", counts.lost},       {"duplicate", counts.duplicate},
                                             {"phantom", counts.phantom}, {"aborted_read", counts.aborted_read},
                                             {"corrupt", counts.corrupt}, {"reordered", counts.reordered}};
  for (auto it = found.begin(); it != found.end();) it = it->second == 0 ? found.erase(it) : std::next(it);
  return found;
}

bool any_effect(const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(), [](const Event& e) { return e.type == EventType::effect; });
}

RC_GTEST_PROP(CheckProperties, FindsWhatWasPlantedAndNothingElse, (std::uint64_t seed)) {
  Rng rng(seed);
  RandomHistory history = random_history(rng, 60);
  const CheckResult result = judge(history.events, "exactly_once,in_order");
  if (!any_effect(history.events)) {
    RC_ASSERT(result.verdict == Verdict::unknown);
    return;
  }
  RC_ASSERT(anomalies(result.counts) == history.planted);
  RC_ASSERT((result.verdict == Verdict::fail) == !history.planted.empty());
  RC_ASSERT(result.counts.attempted == history.attempted);
  RC_ASSERT(result.counts.acked == history.acked);
  RC_ASSERT(result.counts.failed == history.failed);
  RC_ASSERT(result.counts.info == history.info);
  RC_ASSERT(result.counts.recovered == history.recovered);
  std::uint64_t evidence = 0;
  for (const InvariantResult& invariant : result.invariants) evidence += invariant.anomalies_total;
  std::uint64_t planted = 0;
  for (const auto& [kind, count] : history.planted) planted += count;
  RC_ASSERT(evidence == planted);
}

/// Also of numbers that lie far apart at first and close together later, and of other texts between them.
TEST(MessageTable, GivesEachIdOneIndexWhateverItsForm) {
  Rng rng(7);
  MessageTable table;
  std::map<std::string, std::uint32_t> expected;
  for (int i = 0; i < 60'000; ++i) {
    const std::int64_t most = i < 2'000 ? 1'000'000'000 : 40'000;
    std::string id = "o-" + std::to_string(rng.between(0, most));
    if (rng.chance(0.1)) id = rng.chance(0.5) ? id + "x" : "a-longer-prefix-" + id;
    ASSERT_EQ(table.find(id), expected.count(id) > 0 ? expected.at(id) : MessageTable::kNone) << id;
    const std::uint32_t index = table.intern(id);
    ASSERT_EQ(expected.try_emplace(id, index).first->second, index) << id;
    ASSERT_EQ(table[index].id(), id);
  }
  EXPECT_EQ(table.size(), expected.size());
}

RC_GTEST_PROP(LiveCheck, SaysAtAnyMomentWhatTheVerdictWouldSay, (std::uint64_t seed)) {
  Rng rng(seed);
  RandomHistory history = random_history(rng, 60);
  history.events.resize(static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(history.events.size()))));
  LiveCheck live;
  for (const Event& event : history.events) live.on_event(event.view());
  const CheckResult result = judge(history.events, "exactly_once");
  RC_ASSERT(live.running().duplicates == result.counts.duplicate);
  if (any_effect(history.events)) RC_ASSERT(live.running().missing == result.counts.lost);
}

RC_GTEST_PROP(CheckProperties, AgreesWithTheNaiveChecker, (std::uint64_t seed)) {
  Rng rng(seed);
  RandomHistory history = random_history(rng, 25);
  // Beyond planted anomalies: anything may be missing or doubled.
  for (std::int64_t i = rng.between(0, 8); i > 0 && history.events.size() > 2; --i) {
    const auto at = static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(history.events.size()) - 1));
    Event& event = history.events[at];
    if (event.type == EventType::effect && rng.chance(0.5)) {
      history.events.insert(history.events.begin() + static_cast<std::ptrdiff_t>(at), Event(event));
    } else if (event.type == EventType::effect) {
      history.events.erase(history.events.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  const CheckResult result = judge(history.events, "exactly_once,in_order");
  RC_ASSERT(anomalies(result.counts) == naive_anomalies(history.events));
}

RC_GTEST_PROP(CheckProperties, EachPartFindsTheSameAloneAsTogether, (std::uint64_t seed)) {
  Rng rng(seed);
  const RandomHistory history = random_history(rng, 40);
  const CheckResult parts = judge(history.events, "no_loss,no_duplicates,no_phantoms,integrity");
  const CheckResult whole = judge(history.events, "exactly_once");
  std::uint64_t total = 0;
  for (const InvariantResult& part : parts.invariants) total += part.anomalies_total;
  RC_ASSERT(whole.invariants[0].anomalies_total == total);
  RC_ASSERT(whole.verdict == parts.verdict || parts.verdict == Verdict::unknown);
}

RC_GTEST_PROP(CheckProperties, OrderBetweenKeysDoesNotMatter, (std::uint64_t seed)) {
  Rng rng(seed);
  const RandomHistory history = random_history(rng, 40);
  // Any merge that keeps each key's own order (and that of phantoms) is the same history to these invariants.
  std::map<std::string, std::vector<Event>> lanes;
  for (const Event& event : history.events) lanes[event.id.substr(0, event.id.find('-'))].push_back(event);
  std::vector<Event> merged;
  std::vector<std::pair<std::size_t, const std::vector<Event>*>> open;
  for (const auto& [lane, events] : lanes) open.emplace_back(0, &events);
  while (!open.empty()) {
    const auto pick = static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(open.size()) - 1));
    auto& [next, events] = open[pick];
    merged.push_back((*events)[next]);
    merged.back().t = Nanos(static_cast<std::int64_t>(merged.size()));
    if (++next == events->size()) open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  const CheckResult before = judge(history.events, "exactly_once,in_order,no_gaps");
  const CheckResult after = judge(merged, "exactly_once,in_order,no_gaps");
  RC_ASSERT(before.verdict == after.verdict);
  RC_ASSERT(anomalies(before.counts) == anomalies(after.counts));
  RC_ASSERT(before.counts.gap == after.counts.gap);
}

RC_GTEST_PROP(CheckProperties, AnyHistoryIsJudgedWithoutTrouble, (std::uint64_t seed)) {
  Rng rng(seed);
  std::vector<Event> events;
  const char* const ids[] = {"kill", "a", "b", "started", "exited", "stopping", "drained", "witness", "unknown"};
  const char* const names[] = {"harness", "plan", "client/0", "store", "drive", "drain", "kill", "check", ""};
  Nanos t{};
  for (std::int64_t i = rng.between(0, 80); i > 0; --i) {
    Event event;
    event.t = t += Nanos(rng.between(0, 3'000'000'000));
    event.type = static_cast<EventType>(rng.between(1, 12));
    event.id = ids[rng.between(0, 8)];
    event.by = names[rng.between(0, 8)];
    if (rng.chance(0.5)) event.key = ids[rng.between(0, 8)];
    if (rng.chance(0.5)) event.seq = rng.between(-3, 3);
    if (rng.chance(0.3)) event.digest = ids[rng.between(0, 8)];
    if (rng.chance(0.2)) event.detail = "witness=store";
    events.push_back(event);
  }
  const CheckResult result =
      judge(events,
            "exactly_once,at_least_once,at_most_once,in_order:stream,in_order,no_gaps,recovery:1s,"
            "progress:1s:under_fault=true,progress,graceful_stop,graceful_stop:1s:target=client,integrity");
  for (const InvariantResult& invariant : result.invariants) {
    RC_ASSERT((invariant.verdict == Verdict::fail) == (invariant.anomalies_total > 0));
    RC_ASSERT(invariant.anomalies.size() <= InvariantResult::kAnomaliesKept);
    RC_ASSERT(invariant.anomalies.size() <= invariant.anomalies_total);
    for (const Anomaly& anomaly : invariant.anomalies) RC_ASSERT(!anomaly.detail.empty());
  }
  RC_ASSERT(!render_result(result).empty());
}

}  // namespace
}  // namespace stormproof
