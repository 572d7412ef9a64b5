#include "harness/check/invariant_list.h"

#include <algorithm>
#include <string>

#include "harness/base/text.h"
#include "harness/check/catalog.h"
#include "harness/model/param_text.h"

namespace stormproof {

namespace {

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  const std::string near = nearest(word, names);
  return near.empty() ? "one of " + join(names, ", ") : "did you mean " + near + "?";
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const InvariantKind* kind : invariant_kinds()) names.emplace_back(kind->info.name);
  return names;
}

Status set_param(const InvariantKind& kind, const std::string& part, InvariantSpec& spec) {
  const std::size_t equals = part.find('=');
  const std::string name =
      trimmed(equals == std::string::npos ? std::string(kind.info.shorthand) : part.substr(0, equals));
  const std::string value = trimmed(equals == std::string::npos ? part : part.substr(equals + 1));
  if (name.empty()) {
    return usage_error(spec.name + " takes no value: \"" + printable(part) + "\"",
                       "write " + spec.name + " alone, or " + spec.name + ":parameter=value");
  }
  const auto param = std::find_if(kind.info.params.begin(), kind.info.params.end(),
                                  [&](const ParamSpec& candidate) { return candidate.name == name; });
  if (param == kind.info.params.end()) {
    std::vector<std::string> names;
    for (const ParamSpec& candidate : kind.info.params) names.emplace_back(candidate.name);
    return usage_error(spec.name + " has no parameter \"" + printable(name) + "\"",
                       names.empty() ? "it has none" : did_you_mean(name, names));
  }
  Result<ParamValue> parsed = parse_param(*param, value);
  if (!parsed) {
    Error error = parsed.error();
    error.message = spec.name + ": " + name + ": " + error.message;
    return error;
  }
  spec.params.set(name, std::move(parsed).value());
  return {};
}

}  // namespace

Result<std::vector<InvariantSpec>> parse_invariant_list(std::string_view text) {
  std::vector<InvariantSpec> specs;
  for (const std::string& item : split(text, ',')) {
    const std::vector<std::string> parts = split(item, ':');
    InvariantSpec spec;
    spec.name = parts.empty() ? "" : trimmed(parts.front());
    if (spec.name.empty()) {
      return usage_error("an invariant's name is missing in \"" + printable(text) + "\"",
                         "write names separated by commas: exactly_once,in_order:key");
    }
    const InvariantKind* const kind = find_invariant(spec.name);
    if (kind == nullptr) {
      return usage_error("there is no invariant \"" + printable(spec.name) + "\"",
                         did_you_mean(spec.name, kind_names()));
    }
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (Status set = set_param(*kind, parts[i], spec); !set) return set.error();
    }
    if (Status filled = fill_defaults(kind->info.params, spec.params); !filled) return filled.error();
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace stormproof
