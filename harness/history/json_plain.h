/// The fast way for the usual line of a JSON history: one flat object of strings without escapes and plain numbers.
#pragma once

#include <string_view>

#include "harness/model/event.h"

namespace stormproof {

/// As parse_json_line, for the lines it takes: keys in any order, unknown ones skipped. False for any other line, sound
/// or not: `event` is then in no defined state. Texts borrow from `line`, behind which 16 bytes must be readable.
bool parse_plain_json(std::string_view line, EventView& event);

}  // namespace stormproof
