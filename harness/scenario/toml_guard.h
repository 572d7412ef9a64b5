/// What must hold before text is given to a TOML parser.
#pragma once

#include <string_view>

#include "harness/scenario/diagnostic.h"

namespace stormproof {

/// Reports text that is binary, or that nests brackets or dotted keys deeper than kNestingMax. True: safe to parse.
bool guard_toml(std::string_view text, DiagnosticSink& sink);

}  // namespace stormproof
