#include "harness/model/event.h"

#include <array>
#include <utility>

namespace stormproof {

namespace {
constexpr std::array<std::pair<EventType, std::string_view>, 12> kNames{{{EventType::invoke, "invoke"},
                                                                         {EventType::ok, "ok"},
                                                                         {EventType::fail, "fail"},
                                                                         {EventType::info, "info"},
                                                                         {EventType::effect, "effect"},
                                                                         {EventType::inject, "inject"},
                                                                         {EventType::heal, "heal"},
                                                                         {EventType::bite, "bite"},
                                                                         {EventType::process, "process"},
                                                                         {EventType::phase, "phase"},
                                                                         {EventType::note, "note"},
                                                                         {EventType::anomaly, "anomaly"}}};
}  // namespace

std::string_view to_string(EventType type) {
  for (const auto& [value, name] : kNames) {
    if (value == type) return name;
  }
  return "unknown";
}

std::optional<EventType> event_type_from(std::string_view word) {
  for (const auto& [value, name] : kNames) {
    if (name == word) return value;
  }
  return std::nullopt;
}

Event::Event(const EventView& view)
    : t(view.t),
      type(view.type),
      id(view.id),
      key(view.key),
      seq(view.seq),
      digest(view.digest),
      by(view.by),
      detail(view.detail) {}

EventView Event::view() const { return {t, type, id, key, seq, digest, by, detail}; }

}  // namespace stormproof
