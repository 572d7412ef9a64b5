/// Words of an event's detail, a convention for what the fixed fields have no place for:
/// "witness=store offset=12 group=tx-7 connection=4". Words are separated by spaces; the first of a name counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace stormproof {

/// The value of `name=value`, "" when there is none. Borrows from `detail`.
std::string_view detail_word(std::string_view detail, std::string_view name);
/// The value as a whole number; nullopt when absent or no number.
std::optional<std::int64_t> detail_number(std::string_view detail, std::string_view name);

}  // namespace stormproof
