#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "harness/base/rng.h"
#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "tests/harness/check/naive_streams.h"

namespace stormproof {
namespace {

Event placed(EventType type, std::int64_t key, std::int64_t seq, const std::string& by, std::int64_t offset) {
  Event event;
  event.type = type;
  event.id = "m-" + std::to_string(key) + "-" + std::to_string(seq);
  event.key = "k" + std::to_string(key);
  event.seq = seq;
  event.by = by;
  event.detail = "offset=" + std::to_string(offset);
  return event;
}

/// Anything may happen to messages that were sent and acknowledged.
std::vector<Event> any_reading(Rng& rng) {
  std::vector<Event> events;
  const std::int64_t keys = rng.between(1, 2);
  const std::int64_t messages = rng.between(1, 6);
  for (std::int64_t key = 0; key < keys; ++key) {
    for (std::int64_t seq = 0; seq < messages; ++seq) {
      events.push_back(placed(EventType::invoke, key, seq, "source", 0));
      events.back().detail.clear();
      events.push_back(placed(EventType::ok, key, seq, "source", rng.chance(0.9) ? seq : rng.between(0, messages)));
    }
  }
  for (std::int64_t reads = rng.between(1, 25); reads > 0; --reads) {
    const std::string reader = "r" + std::to_string(rng.between(0, 1));
    if (rng.chance(0.1)) {
      Event& start = events.emplace_back();
      start.type = EventType::process;
      start.id = "started";
      start.by = reader;
      continue;
    }
    const std::int64_t seq = rng.between(0, messages - 1);
    events.push_back(placed(EventType::effect, rng.between(0, keys - 1), seq, reader,
                            rng.chance(0.9) ? seq : rng.between(0, messages + 70)));
  }
  Nanos t{};
  for (Event& event : events) event.t = t += Nanos(rng.between(1, 1'000'000));
  return events;
}

RC_GTEST_PROP(StreamProperties, AgreeWithTheNaiveChecker, (std::uint64_t seed)) {
  static const auto kSpecs = parse_invariant_list("consistent_offsets,monotonic_reads,all_seen,resumable").value();
  Rng rng(seed);
  for (int i = 0; i < 20; ++i) {
    const std::vector<Event> events = any_reading(rng);
    if (std::none_of(events.begin(), events.end(), [](const Event& e) { return e.type == EventType::effect; }))
      continue;
    Checker checker(kSpecs, {});
    for (const Event& event : events) checker.on_event(event.view());
    std::map<std::string, std::uint64_t> found;
    for (const InvariantResult& result : checker.finish({}).invariants) {
      for (const Anomaly& anomaly : result.anomalies) {
        ++found[(result.name == "resumable" ? "resumable " : "") + anomaly.kind];
      }
    }
    RC_ASSERT(found == naive_stream_anomalies(events));
  }
}

}  // namespace
}  // namespace stormproof
