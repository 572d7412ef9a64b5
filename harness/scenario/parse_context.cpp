#include "harness/scenario/parse_context.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "harness/base/text.h"
#include "harness/model/param_text.h"
#include "harness/scenario/placeholders.h"

namespace stormproof {

bool ParseContext::regex_ok(const RawValue& pattern) {
  auto found = regexes.find(pattern.text);
  if (found == regexes.end()) {
    const Status compiled = check_regex(pattern.text);
    found = regexes.emplace(pattern.text, compiled ? std::nullopt : std::optional(compiled.error().message)).first;
  }
  if (!found->second) return true;
  sink.report(pattern.where, *found->second);
  return false;
}

SourceRange place_within(const RawValue& text, const PlaceholderUse& use) {
  const auto columns = [](std::string_view bytes) {
    return static_cast<int>(std::count_if(bytes.begin(), bytes.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  };
  SourceRange where = text.where;
  if (where.end_line != where.line || where.end_column - where.column != columns(text.text) + 2) return where;
  where.column += 1 + columns(std::string_view(text.text).substr(0, use.offset));
  where.end_column = where.column + static_cast<int>(use.length);
  return where;
}

namespace {

std::vector<std::string> placeholder_names(const ParseContext& context, Place place, std::size_t target) {
  if (place == Place::nowhere) return {};
  std::vector<std::string> names = {"bin", "here", "shared", "lifecycle"};
  const Scenario& scenario = context.out;
  for (const LinkSpec& link : scenario.links) names.push_back("links." + link.name);
  if (place == Place::target) {
    for (const char* own : {"dir", "self", "index"}) names.emplace_back(own);
    for (const std::string& port : scenario.targets[target].ports) names.push_back("ports." + port);
  }
  if (place != Place::witness) {
    for (const WitnessSpec& witness : scenario.witnesses) {
      for (const WitnessKindInfo* kind : context.kinds.witnesses) {
        if (kind->name == witness.kind && kind->has_address) names.push_back("witness." + witness.name);
      }
    }
  }
  for (const SourceKindInfo* kind : context.kinds.sources) {
    if (!scenario.source || kind->name != scenario.source->kind) continue;
    for (const std::string_view value : place == Place::source ? kind->message_values : kind->values) {
      names.push_back((place == Place::source ? "" : "source.") + std::string(value));
    }
  }
  return names;
}

std::string why_not_here(const std::string& name, Place place) {
  if (place == Place::target) return {};
  if (place == Place::nowhere) return "only {params.X} and {here} may stand here";
  if (name == "self" || name == "dir" || name == "index" || name.starts_with("ports.")) {
    return "{self}, {dir} and {ports.X} are known inside [targets.X] only; reach a port through a link: {links.X}";
  }
  return {};
}

void check_one(ParseContext& context, const RawValue& text, const PlaceholderUse& use, Place place,
               const std::vector<std::string>& names) {
  if (context.sink.full()) return;
  if (std::find(names.begin(), names.end(), use.name) != names.end()) return;
  if (use.name.starts_with("params.")) return;  // reported when params were expanded
  if (use.name.starts_with("env.") && place != Place::nowhere) {
    const std::string variable = use.name.substr(4);
    if (std::getenv(variable.c_str()) != nullptr) return;
    context.sink.report(place_within(text, use), fmt::format("the environment variable '{}' is not set", variable));
    return;
  }
  std::string suggestion = why_not_here(use.name, place);
  if (suggestion.empty()) {
    const std::string near = nearest(use.name, names);
    suggestion = near.empty() ? fmt::format("known: {{{}}}; '{{{{' is a literal brace", join(names, "} {"))
                              : fmt::format("did you mean '{{{}}}'?", near);
  }
  context.sink.report(place_within(text, use), fmt::format("unknown placeholder '{{{}}}'", use.name), suggestion);
}

}  // namespace

void ParseContext::check_placeholders(const RawValue& text, Place place, std::size_t target) {
  if (text.text.find('{') == std::string::npos) return;
  later([this, text, place, target] {
    const std::vector<std::string> names = placeholder_names(*this, place, target);
    for (const PlaceholderUse& use : find_placeholders(text.text)) check_one(*this, text, use, place, names);
  });
}

void check_selector(ParseContext& context, SourceRange where, const std::string& selector, AnyReplica any) {
  const std::size_t slash = selector.find('/');
  const std::string name = selector.substr(0, slash);
  const TargetSpec* target = context.out.find_target(name);
  if (target == nullptr) {
    std::vector<std::string> names;
    for (const TargetSpec& known : context.out.targets) names.push_back(known.name);
    context.sink.report(where, fmt::format("unknown target '{}'", name), suggest(name, names));
    return;
  }
  if (slash == std::string::npos) return;
  const std::string index = selector.substr(slash + 1);
  if (index == "any") {
    if (any == AnyReplica::allowed) return;
    context.sink.report(where, fmt::format("'{}' cannot stand here", selector),
                        fmt::format("'{}' means every replica, '{}/0' the first", name, name));
    return;
  }
  int number = -1;
  const auto [end, failure] = std::from_chars(index.data(), index.data() + index.size(), number);
  if (failure == std::errc{} && end == index.data() + index.size() && number >= 0 && number < target->replicas) return;
  context.sink.report(where, fmt::format("target '{}' has no replica '{}'", name, index),
                      target->replicas == 1
                          ? fmt::format("it has one: '{}/0'", name)
                          : fmt::format("it has '{}/0' to '{}/{}'", name, name, target->replicas - 1));
}

void check_link_name(ParseContext& context, SourceRange where, const std::string& link) {
  std::vector<std::string> names;
  for (const LinkSpec& known : context.out.links) {
    if (known.name == link) return;
    names.push_back(known.name);
  }
  context.sink.report(where, fmt::format("unknown link '{}'", link),
                      names.empty() ? "define it: [links." + link + "]" : suggest(link, names));
}

namespace {

bool parse_text_list(ParseContext& context, const RawValue& value, const std::string& what, Place place,
                     ParamValue& out) {
  const auto texts = as_texts(context.sink, value, what);
  if (!texts) return false;
  auto& list = out.emplace<std::vector<std::string>>();
  for (const RawValue& item : *texts) {
    context.check_placeholders(item, place);
    list.push_back(item.text);
  }
  return true;
}

bool parse_text_map(ParseContext& context, const RawValue& value, const std::string& what, Place place,
                    ParamValue& out) {
  if (!is_table(context.sink, value, what)) return false;
  auto& map = out.emplace<TextMap>();
  for (const RawEntry& entry : value.entries) {
    if (!as_text(context.sink, entry.value, TableReader::quoted(entry.key))) continue;
    context.check_placeholders(entry.value, place);
    map.emplace(entry.key, entry.value.text);
  }
  return true;
}

/// What a kind asks of a text beyond its type; texts with placeholders can only be judged once those are known.
bool fulfils(ParseContext& context, const RawValue& value, const ParamSpec& spec, const std::string& text) {
  if (spec.check == nullptr || !find_placeholders(text).empty()) return true;
  const Status checked = spec.check(text);
  if (!checked) context.sink.report(value.where, checked.error().message, checked.error().hint);
  return checked.ok();
}

}  // namespace

bool parse_param_value(ParseContext& context, const RawValue& value, const ParamSpec& spec, Place place,
                       ParamValue& out) {
  const std::string what = TableReader::quoted(spec.name);
  const auto take = [&](auto parsed) {
    if (parsed) out.emplace<typename decltype(parsed)::value_type>(std::move(*parsed));
    return parsed.has_value();
  };
  const double infinite = std::numeric_limits<double>::max();
  const bool bounded = spec.low != spec.high;
  switch (spec.type) {
    case ParamType::boolean: return take(as_boolean(context.sink, value, what));
    case ParamType::integer:
      return take(as_integer(context.sink, value, what, bounded ? static_cast<std::int64_t>(spec.low) : INT64_MIN,
                             bounded ? static_cast<std::int64_t>(spec.high) : INT64_MAX));
    case ParamType::number:
      return take(as_number(context.sink, value, what, bounded ? spec.low : -infinite, bounded ? spec.high : infinite));
    case ParamType::probability: return take(as_number(context.sink, value, what, 0, 1));
    case ParamType::text: {
      context.check_placeholders(value, place);
      const std::optional<std::string> text = as_text(context.sink, value, what);
      return text && fulfils(context, value, spec, *text) && take(text);
    }
    case ParamType::regex: {
      const std::optional<std::string> text = as_text(context.sink, value, what);
      return text && context.regex_ok(value) && take(text);
    }
    case ParamType::duration: return take(as_duration(context.sink, value, what));
    case ParamType::size: return take(as_size(context.sink, value, what));
    case ParamType::rate: return take(as_rate(context.sink, value, what));
    case ParamType::choice: {
      const std::vector<std::string> words(spec.choices.begin(), spec.choices.end());
      return as_choice(context.sink, value, what, words).has_value() && take(std::optional(value.text));
    }
    case ParamType::text_list: return parse_text_list(context, value, what, place, out);
    case ParamType::text_map: return parse_text_map(context, value, what, place, out);
  }
  return false;
}

Params parse_params(ParseContext& context, TableReader& reader, std::span<const ParamSpec> specs, Place place) {
  Params params;
  for (const ParamSpec& spec : specs) {
    const RawValue* value = spec.required ? reader.require(spec.name) : reader.find(spec.name);
    if (value != nullptr) {
      ParamValue parsed;
      if (parse_param_value(context, *value, spec, place, parsed)) {
        params.set(std::string(spec.name), std::move(parsed), value->where);
      }
    } else if (!spec.required && !spec.fallback.empty()) {
      Result<ParamValue> fallback = parse_param(spec, spec.fallback);
      STORMPROOF_ASSERT(fallback.ok(), "a ParamSpec has a default that does not fit its own type");
      params.set(std::string(spec.name), std::move(*fallback));
    }
  }
  return params;
}

}  // namespace stormproof
