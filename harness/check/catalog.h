/// All invariants, in alphabetical order.
#pragma once

#include <span>
#include <string_view>

#include "harness/api/checker.h"

namespace stormproof {

std::span<const InvariantKind* const> invariant_kinds();
/// nullptr when there is none of that name.
const InvariantKind* find_invariant(std::string_view name);

}  // namespace stormproof
