#include "harness/cli/verdict_merge.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "tests/harness/check/random_history.h"

namespace stormproof {
namespace {

RunSummary judged(const std::vector<Event>& events) {
  Checker checker(parse_invariant_list("exactly_once,in_order,no_gaps").value(), CheckOptions{});
  for (const Event& event : events) checker.on_event(event.view());
  CheckResult result = checker.finish(ReadReport{});
  RunSummary summary;
  summary.verdict = result.verdict;
  summary.counts = result.counts;
  summary.invariants = std::move(result.invariants);
  summary.unknown_because = std::move(result.unknown_because);
  return summary;
}

/// All events of a key together; each event without one goes where its message is.
std::vector<std::vector<Event>> sharded(const std::vector<Event>& events, std::size_t count) {
  std::map<std::string, std::string> keys;
  for (const Event& event : events) {
    if (!event.key.empty()) keys.emplace(event.id, event.key);
  }
  std::vector<std::vector<Event>> shards(count);
  for (const Event& event : events) {
    const auto key = keys.find(event.id);
    shards[std::hash<std::string>{}(key == keys.end() ? event.id : key->second) % count].push_back(event);
  }
  return shards;
}

bool sees_effects(const RunSummary& summary) { return summary.counts.effects > 0; }

RC_GTEST_PROP(MergedShards, AreTheVerdictOfTheWhole, (std::uint64_t seed)) {
  Rng rng(seed);
  const RandomHistory history = random_history(rng, 80);
  const RunSummary whole = judged(history.events);
  std::vector<Shard> shards;
  bool all_see = true;
  for (const auto& events : sharded(history.events, static_cast<std::size_t>(rng.between(1, 4)))) {
    shards.push_back({"shard", judged(events)});
    all_see = all_see && sees_effects(shards.back().summary);
  }
  const RunSummary merged = merge_shards(std::move(shards));
  RC_ASSERT(merged.counts.attempted == whole.counts.attempted);
  RC_ASSERT(merged.counts.duplicate == whole.counts.duplicate);
  if (whole.verdict == Verdict::fail) RC_ASSERT(merged.verdict != Verdict::pass);
  // A shard in which nothing was seen at all proves no loss, and the whole might.
  if (!all_see) return;
  // One without any sequence is unknown as to order, and so is what it is part of.
  const auto same = [](Verdict part, Verdict all) {
    return part == all || (part == Verdict::unknown && all == Verdict::pass);
  };
  RC_ASSERT(same(merged.verdict, whole.verdict));
  RC_ASSERT(merged.counts.lost == whole.counts.lost);
  RC_ASSERT(merged.counts.phantom == whole.counts.phantom);
  RC_ASSERT(merged.counts.aborted_read == whole.counts.aborted_read);
  RC_ASSERT(merged.counts.corrupt == whole.counts.corrupt);
  RC_ASSERT(merged.counts.effects == whole.counts.effects);
  RC_ASSERT(merged.invariants.size() == whole.invariants.size());
  for (std::size_t i = 0; i < whole.invariants.size(); ++i) {
    RC_ASSERT(merged.invariants[i].name == whole.invariants[i].name);
    RC_ASSERT(same(merged.invariants[i].verdict, whole.invariants[i].verdict));
    RC_ASSERT(merged.invariants[i].anomalies_total == whole.invariants[i].anomalies_total);
  }
}

TEST(MergedShards, AreUnknownWhereOneWasNotAsked) {
  RunSummary asked;
  asked.verdict = Verdict::pass;
  asked.invariants = {{"exactly_once", Verdict::pass, {}, 0, ""}, {"in_order", Verdict::pass, {}, 0, ""}};
  RunSummary other = asked;
  other.invariants.pop_back();
  const RunSummary merged = merge_shards({{"a", asked}, {"b", other}});
  EXPECT_EQ(merged.verdict, Verdict::unknown);
  ASSERT_EQ(merged.invariants.size(), 2U);
  EXPECT_EQ(merged.invariants[0].verdict, Verdict::pass);
  EXPECT_EQ(merged.invariants[1].verdict, Verdict::unknown);
  EXPECT_EQ(merged.unknown_because, std::vector<std::string>{"in_order: not asked for in b"});
}

}  // namespace
}  // namespace stormproof
