/// Parameter values as text: what a default, a `--set`, a plan file or `check --invariants` holds.
/// parse_param(spec, print_param(spec, x)) == x for every scalar value; lists and maps are printed for reading.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/model/params.h"

namespace stormproof {

/// Longest regular expression accepted: std::regex compiles and matches by recursion.
constexpr std::size_t kRegexLengthMax = 1000;

/// An ECMAScript pattern that std::regex takes. The error is a sentence: "the regex 'a(' lacks a closing ')'".
Status check_regex(std::string_view pattern);

/// Reads a value of the spec's type and checks its bounds. A list is written "a,b" ("[]": empty), a map "a=b,c=d"
/// ("{}": empty).
Result<ParamValue> parse_param(const ParamSpec& spec, std::string_view text);

/// Bounds, choices and regexes of a value that already has the spec's type.
Status check_param(const ParamSpec& spec, const ParamValue& value);

std::string print_param(const ParamSpec& spec, const ParamValue& value);

/// "duration", "probability", "one of a b c", ...: the type in words, for messages and documents.
std::string param_type_name(const ParamSpec& spec);

/// Sets every parameter that is absent and has a default. An error when a default does not fit its own spec (a bug of
/// the plug-in) or a required parameter is absent.
Status fill_defaults(std::span<const ParamSpec> specs, Params& params);

}  // namespace stormproof
