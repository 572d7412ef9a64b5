#include "harness/model/param_text.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/model/line_regex.h"

namespace stormproof {

namespace {

std::string_view regex_trouble(std::regex_constants::error_type code) {
  namespace rc = std::regex_constants;
  if (code == rc::error_paren) return "has an unmatched '(' or ')', or repeats nothing";
  if (code == rc::error_brack) return "has an unmatched '['";
  if (code == rc::error_brace) return "has an unmatched '{'";
  if (code == rc::error_badbrace) return "has a wrong range in '{}'";
  if (code == rc::error_range) return "has a wrong character range";
  if (code == rc::error_badrepeat) return "has '*', '+', '?' or '{' with nothing before it to repeat";
  if (code == rc::error_escape) return "has a wrong escape";
  if (code == rc::error_backref) return "has a back-reference, which is not supported";
  if (code == rc::error_ctype) return "names an unknown character class";
  if (code == rc::error_collate) return "names an unknown collating element";
  // libstdc++ reports back-references, which its polynomial executor lacks, as error_complexity.
  if (code == rc::error_complexity) return "has a back-reference, which is not supported";
  if (code == rc::error_space || code == rc::error_stack) return "is too complex";
  return "does not compile";
}

template <class T>
Result<T> parse_number(std::string_view text, std::string_view what) {
  T value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) {
    return usage_error(fmt::format("'{}' is not {}", printable(text), what));
  }
  return value;
}

Result<ParamValue> parse_map(std::string_view text) {
  TextMap map;
  if (text.empty() || text == "{}") return ParamValue(std::move(map));
  for (const std::string& pair : split(text, ',')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) return usage_error(fmt::format("'{}' is not a NAME=VALUE", printable(pair)));
    map.insert_or_assign(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return ParamValue(std::move(map));
}

Result<ParamValue> parse_typed(const ParamSpec& spec, std::string_view text) {
  const auto lift = [](auto result) -> Result<ParamValue> {
    if (!result.ok()) return result.error();
    return ParamValue(*result);
  };
  switch (spec.type) {
    case ParamType::boolean:
      if (text == "true" || text == "false") return ParamValue(text == "true");
      return usage_error(fmt::format("'{}' is neither true nor false", printable(text)));
    case ParamType::integer: return lift(parse_number<std::int64_t>(text, "a whole number"));
    case ParamType::number:
    case ParamType::probability: return lift(parse_number<double>(text, "a number"));
    case ParamType::text:
    case ParamType::regex:
    case ParamType::choice: return ParamValue(std::string(text));
    case ParamType::duration: return lift(parse_duration(text));
    case ParamType::size: return lift(parse_size(text));
    case ParamType::rate: return lift(parse_rate(text));
    case ParamType::text_list:
      if (text.empty() || text == "[]") return ParamValue(std::vector<std::string>{});
      return ParamValue(split(text, ','));
    case ParamType::text_map: return parse_map(text);
  }
  return internal_error("unknown parameter type");
}

Status check_bounds(const ParamSpec& spec, double value) {
  if (!std::isfinite(value)) return usage_error(fmt::format("'{}' must be a finite number", spec.name));
  const bool probability = spec.type == ParamType::probability;
  const double low = probability ? 0 : spec.low;
  const double high = probability ? 1 : spec.high;
  if (low == high || (value >= low && value <= high)) return Status::success();
  return usage_error(fmt::format("'{}' must be between {} and {}, not {}", spec.name, low, high, value));
}

}  // namespace

Status check_regex(std::string_view pattern) {
  if (pattern.size() > kRegexLengthMax) {
    return usage_error(fmt::format("the regex is {} characters long; {} are allowed", pattern.size(), kRegexLengthMax));
  }
  try {
    const std::regex compiled(pattern.begin(), pattern.end(), kLineRegex);
  } catch (const std::regex_error& failure) {
    return usage_error(fmt::format("the regex '{}' {}", printable(pattern), regex_trouble(failure.code())));
  }
  return Status::success();
}

Result<ParamValue> parse_param(const ParamSpec& spec, std::string_view text) {
  Result<ParamValue> value = parse_typed(spec, text);
  if (!value) return value;
  if (const Status fits = check_param(spec, *value); !fits) return fits.error();
  return value;
}

Status check_param(const ParamSpec& spec, const ParamValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return check_bounds(spec, static_cast<double>(*whole));
  if (const auto* number = std::get_if<double>(&value)) return check_bounds(spec, *number);
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return Status::success();
  if (spec.type == ParamType::regex) return check_regex(*text);
  if (spec.type != ParamType::choice) return Status::success();
  const std::vector<std::string> choices(spec.choices.begin(), spec.choices.end());
  for (const std::string& choice : choices) {
    if (choice == *text) return Status::success();
  }
  const std::string near = nearest(*text, choices);
  return usage_error(fmt::format("'{}' must be one of {}, not '{}'", spec.name, join(choices, ", "), printable(*text)),
                     near.empty() ? "" : fmt::format("did you mean '{}'?", near));
}

std::string print_param(const ParamSpec& spec, const ParamValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* duration = std::get_if<Nanos>(&value)) return print_duration(*duration);
  if (const auto* bytes = std::get_if<std::uint64_t>(&value)) {
    return spec.type == ParamType::rate ? print_rate(*bytes) : print_size(*bytes);
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return list->empty() ? "[]" : join(*list, ",");
  }
  const auto& map = std::get<TextMap>(value);
  if (map.empty()) return "{}";
  std::string text;
  for (const auto& [name, entry] : map) text += (text.empty() ? "" : ",") + name + '=' + entry;
  return text;
}

std::string param_type_name(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::boolean: return "true or false";
    case ParamType::integer: return "whole number";
    case ParamType::number: return "number";
    case ParamType::probability: return "probability";
    case ParamType::text: return "text";
    case ParamType::regex: return "regex";
    case ParamType::duration: return "duration";
    case ParamType::size: return "size";
    case ParamType::rate: return "rate";
    case ParamType::choice:
      return "one of " + join(std::vector<std::string>(spec.choices.begin(), spec.choices.end()), ", ");
    case ParamType::text_list: return "list of texts";
    case ParamType::text_map: return "table of texts";
  }
  return "?";
}

Status fill_defaults(std::span<const ParamSpec> specs, Params& params) {
  for (const ParamSpec& spec : specs) {
    if (params.has(spec.name)) continue;
    if (spec.required) return usage_error(fmt::format("the required parameter '{}' is missing", spec.name));
    if (spec.fallback.empty()) continue;
    Result<ParamValue> value = parse_param(spec, spec.fallback);
    if (!value) {
      return internal_error(fmt::format("the default of '{}' does not fit: {}", spec.name, value.error().message));
    }
    params.set(std::string(spec.name), std::move(*value));
  }
  return Status::success();
}

}  // namespace stormproof
