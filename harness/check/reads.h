/// Reads of a value in a history: a note with id "read", by the reader, key what was read, seq the value it saw. A read
/// takes time: a note with id "reading" (same reader and key) marks its beginning; without one it is an instant.
#pragma once

#include "harness/model/event.h"

namespace stormproof {

inline bool begins_read(const EventView& event) { return event.type == EventType::note && event.id == "reading"; }
inline bool ends_read(const EventView& event) {
  return event.type == EventType::note && event.id == "read" && event.seq != EventView::kNoSeq;
}

}  // namespace stormproof
