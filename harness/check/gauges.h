/// Measured values in a history: notes with id "gauge", by the process, key the name, seq the value:
/// {"type":"note","id":"gauge","by":"client/0","key":"files","seq":17}. A run records `files` (open descriptors),
/// `threads` and `memory` (resident bytes) of every process. Shared by bounded and leak_free.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/model/event.h"

namespace stormproof {

inline bool is_gauge(const EventView& event) {
  return event.type == EventType::note && event.id == "gauge" && event.seq >= 0;
}

/// "client" and "client/0" select client/0; "" selects all.
inline bool selects(std::string_view selector, std::string_view process) {
  return selector.empty() || (process.substr(0, selector.size()) == selector &&
                              (process.size() == selector.size() || process[selector.size()] == '/'));
}

/// "17 open files", "64MiB of memory"
std::string gauge_text(std::string_view gauge, std::int64_t value);

}  // namespace stormproof
