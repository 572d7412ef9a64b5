/// The only user of toml++, and the birthplace of SourceRange.
#pragma once

#include <optional>
#include <string_view>

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/raw_value.h"

namespace stormproof {

/// Parses TOML. A syntax error (the first one: toml++ stops there), text that is not UTF-8 and nesting beyond
/// kNestingMax are reported to `sink`, and nothing is returned.
std::optional<RawValue> read_toml(std::string_view text, DiagnosticSink& sink);

/// Tables, arrays and dotted keys may be nested this deep: toml++ frees its tree by recursion.
constexpr int kNestingMax = 32;

}  // namespace stormproof
