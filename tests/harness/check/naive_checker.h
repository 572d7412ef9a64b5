/// The definitions of the invariants, written down as plainly and slowly as possible: for each message, look through
/// the whole history. Agrees with the Checker or one of them is wrong.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/model/event.h"

namespace stormproof {

inline std::map<std::string, std::uint64_t> naive_anomalies(const std::vector<Event>& events) {
  std::map<std::string, std::uint64_t> found;
  std::set<std::string> ids;
  const auto count = [&](const std::string& id, EventType type) {
    return std::count_if(events.begin(), events.end(),
                         [&](const Event& event) { return event.id == id && event.type == type; });
  };
  const auto sent = [&](const std::string& id) {
    return std::find_if(events.begin(), events.end(),
                        [&](const Event& event) { return event.id == id && event.type == EventType::invoke; });
  };
  for (const Event& event : events) ids.insert(event.id);
  const bool anything =
      std::any_of(events.begin(), events.end(), [](const Event& e) { return e.type == EventType::effect; });
  for (const std::string& id : ids) {
    const auto effects = count(id, EventType::effect);
    const bool acked = count(id, EventType::ok) > 0;
    const auto outcomes = count(id, EventType::ok) + count(id, EventType::fail) + count(id, EventType::info);
    const bool failed =
        !acked && count(id, EventType::info) == 0 && outcomes > 0 && outcomes == count(id, EventType::invoke);
    if (sent(id) == events.end()) {
      found["phantom"] += effects > 0 ? 1 : 0;
      continue;
    }
    if (acked && effects == 0 && anything) ++found["lost"];
    if (effects > 1) found["duplicate"] += static_cast<std::uint64_t>(effects - 1);
    if (failed && effects > 0) ++found["aborted_read"];
    for (const Event& event : events) {
      if (event.id == id && event.type == EventType::effect && event.digest != sent(id)->digest) ++found["corrupt"];
    }
    for (std::size_t i = 0; acked && i < events.size(); ++i) {
      if (events[i].id != id || events[i].type != EventType::effect) continue;
      for (std::size_t before = i; before-- > 0;) {  // the effect of this key before it
        const Event& other = events[before];
        if (other.type != EventType::effect || sent(other.id) == events.end()) continue;
        if (sent(other.id)->key != sent(id)->key) continue;
        const bool other_failed = count(other.id, EventType::ok) + count(other.id, EventType::info) == 0 &&
                                  count(other.id, EventType::fail) > 0;
        const bool other_again =
            std::any_of(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(before),
                        [&](const Event& e) { return e.id == other.id && e.type == EventType::effect; });
        if (other_failed || other_again) continue;
        if (sent(other.id)->seq > sent(id)->seq) ++found["reordered"];
        break;
      }
      break;  // its first effect only
    }
  }
  for (auto it = found.begin(); it != found.end();) it = it->second == 0 ? found.erase(it) : std::next(it);
  return found;
}

}  // namespace stormproof
