#include "harness/history/batch.h"

#include <algorithm>

namespace stormproof {

void Batch::clear() {
  plain.clear();
  others.clear();
  place = {};
  has_seq = has_digest = has_witness = false;
}

void Batch::add(const EventView& event) {
  if (!is_plain(event.type)) {
    others.push_back({plain.size(), Event(event)});
    return;
  }
  const MessageCode code = code_of(event.id);
  plain.push_back({event.t.count(), code.a, code.b | static_cast<std::uint64_t>(event.type)});
  has_seq |= event.seq != EventView::kNoSeq;
  has_digest |= !event.digest.empty();
  has_witness |= !event.detail.empty() && event.detail.substr(0, 8) == "witness=";
}

void Batch::measure() {
  if (plain.empty() || place.b != 0) return;
  const std::uint64_t b = plain.front().code().b;
  if ((b & MessageCode::kSplit) == 0) return;
  std::uint64_t lowest = UINT64_MAX;
  std::uint64_t highest = 0;
  std::uint64_t different = 0;
  for (const PlainEvent& event : plain) {
    lowest = std::min(lowest, event.a);
    highest = std::max(highest, event.a);
    different |= event.b ^ b;
  }
  if ((different & ~PlainEvent::kTypeMask) != 0) return;
  place.b = b;
  place.lowest = lowest;
  place.highest = highest;
}

}  // namespace stormproof
