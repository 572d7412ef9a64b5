#include "harness/foreign/id_list.h"

namespace stormproof {

std::string IdList::parse(std::string_view line, Yield& out) {
  const std::size_t from = line.find_first_not_of(" \t");
  const std::string_view id = line.substr(from, line.find_last_not_of(" \t") - from + 1);
  if (id.find('\0') != std::string_view::npos) return "is not text";
  EventView event;
  ++place_;
  // Only the order is known. All that was sent comes first, so that the order of what was received can be judged.
  event.t = role_ == IdListRole::sent ? Nanos{} : Nanos(place_);
  event.id = id;
  if (role_ == IdListRole::received) {
    event.type = EventType::effect;
    event.by = "received";
    out.add(event);
    return {};
  }
  event.seq = place_;
  event.by = "sent";
  event.type = EventType::invoke;
  out.add(event);
  event.type = EventType::ok;
  out.add(event);
  return {};
}

}  // namespace stormproof
