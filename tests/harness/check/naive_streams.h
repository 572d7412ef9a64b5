/// The definitions of the invariants about streams and logs, written down as plainly and slowly as possible: for each
/// event, look through the whole history. For messages that were sent and acknowledged once, before all effects.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/check/detail_words.h"
#include "harness/model/event.h"

namespace stormproof {

inline std::map<std::string, std::uint64_t> naive_stream_anomalies(const std::vector<Event>& events) {
  std::map<std::string, std::uint64_t> found;
  const auto offset = [](const Event& e) { return *detail_number(e.detail, "offset"); };
  const auto place = [&](const Event& e) { return std::pair(e.key, offset(e)); };
  const auto is = [&](std::size_t i, EventType type) { return events[i].type == type; };
  const auto names_place = [&](std::size_t i) { return is(i, EventType::ok) || is(i, EventType::effect); };
  const auto life = [&](std::size_t i) {  // how often its reader had started by then
    return std::count_if(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const Event& e) { return e.type == EventType::process && e.by == events[i].by; });
  };
  const auto same_session = [&](std::size_t i, std::size_t j) {
    return events[i].by == events[j].by && life(i) == life(j);
  };
  const auto last_before = [&](std::size_t i, const auto& fits) {
    for (std::size_t j = i; j-- > 0;) {
      if (is(j, EventType::effect) && events[j].key == events[i].key && fits(j)) return j;
    }
    return events.size();
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (names_place(i)) {
      const auto first = [&](const auto& fits) {
        for (std::size_t j = 0; j < events.size(); ++j) {
          if (names_place(j) && fits(events[j])) return j;
        }
        return events.size();
      };
      const std::size_t holder = first([&](const Event& e) { return place(e) == place(events[i]); });
      const std::size_t home = first([&](const Event& e) { return e.id == events[i].id; });
      if (events[holder].id != events[i].id) ++found["inconsistent_offsets"];
      if (place(events[home]) != place(events[i])) ++found["duplicate"];
    }
    if (is(i, EventType::ok)) {
      bool seen = false;
      bool passed = false;
      for (std::size_t j = 0; j < events.size(); ++j) {
        seen = seen || (is(j, EventType::effect) && events[j].id == events[i].id);
        passed = passed ||
                 (is(j, EventType::effect) && events[j].key == events[i].key && offset(events[j]) > offset(events[i]));
      }
      if (!seen) ++found[passed ? "lost" : "unseen"];
    }
    if (!is(i, EventType::effect)) continue;
    if (const std::size_t last = last_before(i, [&](std::size_t j) { return same_session(i, j); });
        last < events.size()) {
      if (offset(events[i]) <= offset(events[last])) ++found["nonmonotonic"];
      bool left_out = false;
      for (std::size_t j = 0; j < events.size(); ++j) {
        left_out = left_out || (names_place(j) && events[j].key == events[i].key &&
                                offset(events[j]) > offset(events[last]) && offset(events[j]) < offset(events[i]));
      }
      if (left_out) ++found["skip"];
    }
    const std::size_t before = last_before(i, [](std::size_t) { return true; });
    if (before == events.size() || same_session(i, before)) continue;
    std::int64_t highest = INT64_MIN;
    for (std::size_t j = 0; j < i; ++j) {
      if (is(j, EventType::effect) && events[j].key == events[i].key) highest = std::max(highest, events[j].seq);
    }
    if (events[i].seq <= highest) ++found["resumable replay"];
    const bool skipped = std::any_of(events.begin(), events.end(), [&](const Event& e) {
      return e.type == EventType::ok && e.key == events[i].key && e.seq > highest && e.seq < events[i].seq;
    });
    if (skipped) ++found["resumable skip"];
  }
  return found;
}

}  // namespace stormproof
