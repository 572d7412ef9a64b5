/// How other programs tell us about messages: {"id":"o-17","key":"c-3","seq":17,"digest":"00ff…","by":"client/0"}, with
/// "type" ("invoke", "ok", "fail", "info", "effect") where operations are meant. Used by the exec source and the http
/// and exec witnesses. Unknown members are ignored, so that a program may print its own log lines as they are.
#pragma once

#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/event.h"

namespace stormproof {

/// Longest text of one member; longer ones are refused rather than kept in memory for every message.
constexpr std::size_t kMessageTextMax = 4096;

enum class MessageType { effect_only, required };

/// One JSON object. `id` must be there, not empty: a string or a whole number. With MessageType::effect_only, "type"
/// may be absent or "effect"; with `required` it must be one of the five. The error is a sentence that names the
/// member.
Result<Event> parse_message(std::string_view object, MessageType type);

/// One object, an array of objects, or one object a line (blank lines are skipped). All or nothing.
Result<std::vector<Event>> parse_messages(std::string_view body);

}  // namespace stormproof
