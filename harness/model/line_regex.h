/// How patterns of scenarios are compiled: ECMAScript, searched for in lines of output.
#pragma once

#include <regex>

namespace stormproof {

/// By default libstdc++ tries alternatives by recursion, a frame or more for each character: a line of 4 KiB ends the
/// stack of the thread with `((((a|b)|c)|d)|e)*x`, and `(a|a)*b` takes exponential time. The polynomial executor needs
/// neither; it finds the same matches and groups, and has no back-references.
constexpr std::regex_constants::syntax_option_type kLineRegex =
    std::regex_constants::ECMAScript | std::regex_constants::__polynomial;

}  // namespace stormproof
