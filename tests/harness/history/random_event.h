/// Any event at all, for property tests and fuzzers.
#pragma once

#include "harness/base/rng.h"
#include "harness/model/event.h"

namespace stormproof {

inline std::string random_text(Rng& rng) {
  const std::int64_t kind = rng.between(0, 3);
  std::string text;
  const std::int64_t size = kind == 0 ? 0 : rng.between(0, kind == 1 ? 4 : 40);
  for (std::int64_t i = 0; i < size; ++i) {
    text.push_back(static_cast<char>(kind == 3 ? rng.between(0, 255) : rng.between('a', 'z')));
  }
  return text;
}

inline Event random_event(Rng& rng) {
  Event event;
  event.type = static_cast<EventType>(rng.between(1, 12));
  event.id = "i" + random_text(rng);
  event.key = random_text(rng);
  if (rng.chance(0.5)) event.seq = static_cast<std::int64_t>(rng.next() >> static_cast<unsigned>(rng.between(0, 63)));
  if (rng.chance(0.1) && event.seq != EventView::kNoSeq) event.seq = -event.seq;
  event.digest = random_text(rng);
  event.by = random_text(rng);
  event.detail = random_text(rng);
  return event;
}

}  // namespace stormproof
