#include "harness/model/trigger_text.h"

#include <fmt/core.h>

#include "harness/base/units.h"

namespace stormproof {

std::string_view to_string(TriggerSpec::Kind kind) {
  using Kind = TriggerSpec::Kind;
  switch (kind) {
    case Kind::at: return "at";
    case Kind::every: return "every";
    case Kind::effects: return "effects";
    case Kind::sent: return "sent";
    case Kind::acked: return "acked";
    case Kind::log: return "log";
    case Kind::exits: return "exits";
    case Kind::after: return "after";
    case Kind::bytes: return "bytes";
    case Kind::connections: return "connections";
  }
  return "?";
}

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::upstream: return "upstream";
    case Direction::downstream: return "downstream";
    case Direction::both: return "both";
  }
  return "?";
}

std::string_view to_string(RestartPolicy policy) {
  switch (policy) {
    case RestartPolicy::never: return "never";
    case RestartPolicy::on_failure: return "on-failure";
    case RestartPolicy::always: return "always";
  }
  return "?";
}

std::string toml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string print_trigger(const TriggerSpec& trigger) {
  using Kind = TriggerSpec::Kind;
  std::string value;
  switch (trigger.kind) {
    case Kind::at:
    case Kind::every:
      value = print_duration(trigger.time);
      if (trigger.time_max.count() > 0) value += ".." + print_duration(trigger.time_max);
      value = toml_quoted(value);
      break;
    case Kind::bytes:
      value = print_size(static_cast<std::uint64_t>(trigger.count));
      if (trigger.count_max > 0) value += ".." + print_size(static_cast<std::uint64_t>(trigger.count_max));
      value = toml_quoted(value);
      break;
    case Kind::log: value = toml_quoted(trigger.pattern); break;
    case Kind::after: value = toml_quoted(trigger.fault); break;
    default:
      value = std::to_string(trigger.count);
      if (trigger.count_max > 0) value = toml_quoted(value + ".." + std::to_string(trigger.count_max));
  }
  std::string out = fmt::format("{} = {}", to_string(trigger.kind), value);
  const std::string& on = trigger.link.empty() ? trigger.target : trigger.link;
  if (!on.empty()) out += fmt::format(", on = {}", toml_quoted(on));
  if (trigger.connection > 0) out += fmt::format(", connection = {}", trigger.connection);
  if (trigger.occurrence != 1) out += fmt::format(", occurrence = {}", trigger.occurrence);
  if (trigger.delay.count() > 0) out += fmt::format(", delay = \"{}\"", print_duration(trigger.delay));
  return out;
}

}  // namespace stormproof
