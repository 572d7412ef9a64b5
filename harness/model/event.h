/// One line of the history. Operations are four words and an interval: `invoke`, then `ok` (it happened), `fail` (it
/// certainly did not) or `info` (nobody knows). A source may say `fail` only when the effect certainly did not happen:
/// an HTTP 400 is a fail, a timeout is info, because the request may have been served and only the reply got lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/clock.h"

namespace stormproof {

enum class EventType : std::uint8_t {
  invoke = 1,    ///< a source begins to send message `id`
  ok = 2,        ///< acknowledged
  fail = 3,      ///< certainly did not happen
  info = 4,      ///< outcome unknown
  effect = 5,    ///< a witness saw message `id` take effect
  inject = 6,    ///< fault `by` is in force from here on
  heal = 7,      ///< and no longer
  bite = 8,      ///< fault `by` was observed to act; detail says on what
  process = 9,   ///< life of target process `by`; detail: "started", "ready", "exited Error code=1", "backoff", ...
  phase = 10,    ///< `by` = setup drive heal drain check
  note = 11,     ///< anything else worth a line in the report; `by` says who
  anomaly = 12,  ///< reserved for the live checker
};

std::string_view to_string(EventType type);
std::optional<EventType> event_type_from(std::string_view word);

/// What producers hand to a Recorder: borrowed text, no allocation.
/// Empty text and kNoSeq mean "absent".
struct EventView {
  static constexpr std::int64_t kNoSeq = INT64_MIN;

  Nanos t{};  ///< since the start of the run; set by the Recorder when it records
  EventType type = EventType::note;
  std::string_view id = {};      ///< message id (operations and effects)
  std::string_view key = {};     ///< ordering key
  std::int64_t seq = kNoSeq;     ///< place within the key
  std::string_view digest = {};  ///< of the payload, hex; compared, never interpreted
  std::string_view by = {};      ///< source, witness, fault, process or phase name
  std::string_view detail = {};  ///< free text
};

/// An owning copy.
struct Event {
  Nanos t{};
  EventType type = EventType::note;
  std::string id;
  std::string key;
  std::int64_t seq = EventView::kNoSeq;
  std::string digest;
  std::string by;
  std::string detail;

  Event() = default;
  explicit Event(const EventView& view);
  EventView view() const;
  bool operator==(const Event&) const = default;
};

}  // namespace stormproof
