#include "harness/model/message_json.h"

#include <fmt/core.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/base/text.h"

namespace stormproof {

namespace {

using Json = nlohmann::json;

/// Enough of the offending text to recognise it.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kShown = 60;
  return "'" + printable(text.substr(0, kShown)) + (text.size() > kShown ? "…'" : "'");
}

/// Strings as they are, whole numbers in decimal; anything else is refused.
Status read_text(const Json& object, const char* name, std::string& into) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  if (found->is_string()) {
    into = found->get_ref<const std::string&>();
  } else if (found->is_number_integer()) {
    into = found->dump();
  } else {
    return usage_error(fmt::format("\"{}\" must be a string", name));
  }
  if (into.size() > kMessageTextMax) {
    return usage_error(fmt::format("\"{}\" is longer than {} bytes", name, kMessageTextMax));
  }
  return {};
}

Status read_seq(const Json& object, std::int64_t& into) {
  const auto found = object.find("seq");
  if (found == object.end() || found->is_null()) return {};
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!found->is_number_integer() || (found->is_number_unsigned() && found->get<std::uint64_t>() > kLargest)) {
    return usage_error("\"seq\" must be a whole number");
  }
  into = found->get<std::int64_t>();
  return {};
}

Status read_type(const Json& object, MessageType wanted, EventType& into) {
  const auto found = object.find("type");
  if (found == object.end() && wanted == MessageType::effect_only) {
    into = EventType::effect;
    return {};
  }
  const std::string word = found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  const std::optional<EventType> type = event_type_from(word);
  if (wanted == MessageType::effect_only) {
    if (type != EventType::effect) return usage_error("\"type\" may only be \"effect\" here");
  } else if (!type || *type > EventType::effect) {
    return usage_error("\"type\" must be one of invoke, ok, fail, info, effect");
  }
  into = *type;
  return {};
}

Result<Event> to_event(const Json& object, MessageType type) {
  if (!object.is_object()) return usage_error("not a JSON object: " + excerpt(object.dump(-1, ' ', true)));
  Event event;
  if (Status s = read_type(object, type, event.type); !s) return s.error();
  if (Status s = read_text(object, "id", event.id); !s) return s.error();
  if (event.id.empty()) return usage_error("\"id\" is missing or empty");
  if (Status s = read_text(object, "key", event.key); !s) return s.error();
  if (Status s = read_text(object, "digest", event.digest); !s) return s.error();
  if (Status s = read_text(object, "by", event.by); !s) return s.error();
  if (Status s = read_seq(object, event.seq); !s) return s.error();
  return event;
}

/// Hostile input must not recurse without bound: no member of ours is nested.
bool too_deep(std::string_view text) {
  constexpr int kDepthMax = 64;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (in_string) {
      if (c == '\\') ++i;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kDepthMax) return true;
  }
  return false;
}

Result<Json> parse_json(std::string_view text) {
  if (too_deep(text)) return usage_error("nested too deeply: " + excerpt(text));
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return usage_error("not JSON: " + excerpt(text));
  return json;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

Result<std::vector<Event>> from_array(const Json& array) {
  std::vector<Event> events;
  events.reserve(array.size());
  for (const Json& element : array) {
    Result<Event> event = to_event(element, MessageType::effect_only);
    if (!event) return usage_error(fmt::format("element {}: {}", events.size() + 1, event.error().message));
    events.push_back(*std::move(event));
  }
  return events;
}

Result<std::vector<Event>> from_lines(std::string_view body) {
  std::vector<Event> events;
  for (int number = 1; !body.empty(); ++number) {
    const std::size_t newline = body.find('\n');
    const std::string_view line = trimmed(body.substr(0, newline));
    body.remove_prefix(newline == std::string_view::npos ? body.size() : newline + 1);
    if (line.empty()) continue;
    Result<Event> event = parse_message(line, MessageType::effect_only);
    if (!event) return usage_error(fmt::format("line {}: {}", number, event.error().message));
    events.push_back(*std::move(event));
  }
  return events;
}

}  // namespace

Result<Event> parse_message(std::string_view object, MessageType type) {
  const Result<Json> json = parse_json(object);
  if (!json) return json.error();
  return to_event(*json, type);
}

Result<std::vector<Event>> parse_messages(std::string_view body) {
  body = trimmed(body);
  if (body.empty()) return usage_error("the body is empty: send {\"id\":\"…\"}");
  if (body.front() == '[') {
    const Result<Json> array = parse_json(body);
    if (!array) return array.error();
    return from_array(*array);
  }
  // One object may span lines; several stand on a line each.
  if (!too_deep(body)) {
    const Json whole = Json::parse(body, nullptr, false);
    if (whole.is_object()) {
      Result<Event> event = to_event(whole, MessageType::effect_only);
      if (!event) return event.error();
      std::vector<Event> events;
      events.push_back(*std::move(event));
      return events;
    }
  }
  return from_lines(body);
}

}  // namespace stormproof
