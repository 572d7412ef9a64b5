#include "harness/run/fault_words.h"

#include <fmt/core.h>

#include "harness/base/text.h"
#include "harness/base/units.h"

namespace stormproof {

namespace {

std::string range(std::int64_t low, std::int64_t high) {
  return high > low ? fmt::format("\"{}..{}\"", low, high) : std::to_string(low);
}

std::string range(Nanos low, Nanos high) {
  return high > low ? fmt::format("\"{}..{}\"", print_duration(low), print_duration(high))
                    : '"' + print_duration(low) + '"';
}

}  // namespace

std::string describe(const TriggerSpec& trigger) {
  using Kind = TriggerSpec::Kind;
  std::string text;
  switch (trigger.kind) {
    case Kind::at: text = "at = " + range(trigger.time, trigger.time_max); break;
    case Kind::every: text = "every = " + range(trigger.time, trigger.time_max); break;
    case Kind::effects: text = "effects = " + range(trigger.count, trigger.count_max); break;
    case Kind::sent: text = "sent = " + range(trigger.count, trigger.count_max); break;
    case Kind::acked: text = "acked = " + range(trigger.count, trigger.count_max); break;
    case Kind::log: text = fmt::format("log = '{}'", trigger.pattern); break;
    case Kind::exits: text = "exits = " + range(trigger.count, trigger.count_max); break;
    case Kind::after: text = fmt::format("after = \"{}\"", trigger.fault); break;
    case Kind::bytes: text = "bytes = " + range(trigger.count, trigger.count_max); break;
    case Kind::connections: text = "connections = " + range(trigger.count, trigger.count_max); break;
  }
  if (!trigger.target.empty()) text += fmt::format(", on = \"{}\"", trigger.target);
  if (!trigger.link.empty()) text += fmt::format(", on = \"{}\"", trigger.link);
  if (trigger.connection > 0) text += fmt::format(", connection = {}", trigger.connection);
  if (trigger.occurrence > 1) text += fmt::format(", occurrence = {}", trigger.occurrence);
  if (trigger.delay.count() > 0) text += fmt::format(", delay = \"{}\"", print_duration(trigger.delay));
  return text;
}

std::string struck_by(const FaultSpec& fault) {
  if (!fault.first_group.empty()) {
    return fmt::format("{} {} {}", join(fault.first_group, ", "), fault.oneway ? "->" : "<->",
                       join(fault.second_group, ", "));
  }
  return fault.link.empty() ? fault.target : "link " + fault.link;
}

}  // namespace stormproof
