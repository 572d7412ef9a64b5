/// Triggers as they are written in a scenario, for plans, reports and messages.
#pragma once

#include <string>

#include "harness/model/scenario.h"

namespace stormproof {

/// `effects = 500`, `log = "ready", on = "client/0", occurrence = 2`: the inside of a TOML inline table. Reading it
/// again yields the same trigger.
std::string print_trigger(const TriggerSpec& trigger);

/// "effects", "after", ...: the key that names the kind.
std::string_view to_string(TriggerSpec::Kind kind);
std::string_view to_string(Direction direction);
std::string_view to_string(RestartPolicy policy);

/// A TOML basic string with its quotes.
std::string toml_quoted(std::string_view text);

}  // namespace stormproof
