#include "harness/scenario/reference.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/model/param_text.h"
#include "harness/scenario/scenario_parser.h"

namespace stormproof {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string fallback_of(const ParamSpec& spec) {
  if (spec.required) return "required";
  return spec.fallback.empty() ? "" : fmt::format("`{}`", escaped(spec.fallback));
}

std::string bounds_of(const ParamSpec& spec) {
  const bool numeric = spec.type == ParamType::integer || spec.type == ParamType::number;
  if (!numeric || spec.low == spec.high) return {};
  const auto print = [](double bound) { return fmt::format("{:.0f}", bound); };
  const bool whole = spec.type == ParamType::integer;
  return fmt::format(", {} to {}", whole ? print(spec.low) : fmt::format("{}", spec.low),
                     whole ? print(spec.high) : fmt::format("{}", spec.high));
}

std::string key_row(std::string_view key, std::string_view type, std::string_view fallback, std::string_view help) {
  return fmt::format("| `{}` | {} | {} | {} |\n", key, escaped(type), fallback, escaped(help));
}

std::string key_table(std::span<const KeyDoc> keys) {
  if (keys.empty()) return {};
  std::string out = "\n| key | type | default | |\n|---|---|---|---|\n";
  for (const KeyDoc& doc : keys) {
    const bool plain = doc.fallback.empty() || doc.fallback == "required" || doc.fallback == "any";
    out += key_row(doc.key, doc.type, plain ? std::string(doc.fallback) : fmt::format("`{}`", doc.fallback), doc.help);
  }
  return out;
}

std::string param_table(const KindInfo& kind, std::string_view shorthand = {}) {
  if (kind.params.empty()) return {};
  std::string out = "\n| parameter | type | default | |\n|---|---|---|---|\n";
  for (const ParamSpec& spec : kind.params) {
    const std::string help =
        std::string(spec.help) + (spec.name == shorthand && !shorthand.empty() ? " (short form)" : "");
    out += key_row(spec.name, param_type_name(spec) + bounds_of(spec), fallback_of(spec), help);
  }
  return out;
}

std::string kind_head(const KindInfo& kind, const std::string& note) {
  return fmt::format("\n#### `{}`\n\n{}.{}\n", kind.name, kind.summary, note.empty() ? "" : " " + note);
}

std::string fault_note(const FaultKindInfo& kind) {
  if (kind.scope == FaultScope::link) return "On a link; lasts until it heals.";
  return kind.lasting ? "On processes; lasts until it heals."
                      : "On processes; strikes once: `for` and `until` do not apply, `restart` does.";
}

std::string source_note(const SourceKindInfo& kind) {
  std::string note = kind.pushes ? "Sends by itself." : "";
  std::vector<std::string> values;
  for (const std::string_view value : kind.values) values.push_back(fmt::format("`{{source.{}}}`", value));
  if (!values.empty()) note += (note.empty() ? "Gives " : " Gives ") + join(values, ", ") + ".";
  std::vector<std::string> filled;
  for (const std::string_view value : kind.message_values) filled.push_back(fmt::format("`{{{}}}`", value));
  if (!filled.empty()) note += " Its templates may hold " + join(filled, ", ") + ", filled for each message.";
  return note;
}

std::string family_section(const Kinds& kinds, std::string_view title) {
  std::string out;
  if (title == "[[faults]]") {
    for (const FaultKindInfo* kind : kinds.faults) out += kind_head(*kind, fault_note(*kind)) + param_table(*kind);
  } else if (title == "[source]") {
    for (const SourceKindInfo* kind : kinds.sources) out += kind_head(*kind, source_note(*kind)) + param_table(*kind);
  } else if (title == "[witness.NAME]") {
    for (const WitnessKindInfo* kind : kinds.witnesses) {
      const std::string note = kind->has_address ? "`{witness.NAME}` is the address it listens on." : "";
      out += kind_head(*kind, note) + param_table(*kind);
    }
  } else if (title == "[invariants]") {
    for (const InvariantKindInfo* kind : kinds.invariants) {
      const std::string note = kind->definition.empty() ? "" : fmt::format("\n\n{}", kind->definition);
      out +=
          fmt::format("\n#### `{}`\n\n{}.{}\n", kind->name, kind->summary, note) + param_table(*kind, kind->shorthand);
    }
  }
  return out;
}

constexpr std::string_view kUnits = R"(
## Units

A bare number where a unit belongs is an error. Decimals are allowed: `"1.5s"`.

| type | units | example |
|---|---|---|
| duration | `ns` `us` `ms` `s` `m` `h` | `"200ms"` |
| size | `B` `KB` `MB` `GB` `KiB` `MiB` `GiB` | `"64MiB"` |
| rate | `bit/s` `Kbit/s` `Mbit/s` `Gbit/s` `B/s` `KB/s` `MB/s` `KiB/s` `MiB/s` | `"1Mbit/s"` |
| probability | none: a number from 0 to 1 | `0.25` |
| regex | ECMAScript without back-references, at most 1000 characters, matches anywhere in the line | `"ready in [0-9]+ms"` |
| range | two values of a trigger with `..` between them | `"100..500"`, `"1s..3s"`, `"1KiB..64KiB"` |
)";

constexpr std::string_view kPlaceholderIntro = R"(
## Placeholders

`{NAME}` in a text is replaced by a value. A brace that does not begin such a name is literal, so JSON needs no care;
`{{` is always one literal brace, and `${` is left alone, for shells. A name that does not exist, or not in that place,
is an error.

| placeholder | may stand in | value |
|---|---|---|
)";

}  // namespace

std::string reference_markdown(const Kinds& kinds) {
  std::string out =
      "# Scenarios: the reference\n\n"
      "<!-- Generated by harness/scenario/reference.cpp. Do not edit; STORMPROOF_UPDATE_GOLDEN=1 ./dev test writes it. "
      "-->\n\n"
      "A scenario is a TOML file. `stormproof new NAME` writes a commented one to start from, `stormproof validate "
      "FILE` "
      "checks\none without starting anything. Unknown keys, kinds, names and units are errors, all of a file reported "
      "together.\n";
  for (const TableDoc& table : table_docs()) {
    const bool part = table.title == "ready" || table.title == "backoff" || table.title == "limits";
    const bool plain = table.title.starts_with("The ");
    out += fmt::format("\n{} {}\n\n{}\n", part ? "###" : "##",
                       plain ? std::string(table.title) : fmt::format("`{}`", table.title), table.intro);
    out += key_table(table.keys);
    out += family_section(kinds, table.title);
  }
  out += "\nAnomalies: `" + join(anomaly_kinds(), "`, `") + "`.\n";
  out += kUnits;
  out += kPlaceholderIntro;
  for (const KeyDoc& doc : placeholder_docs())
    out += fmt::format("| `{{{}}}` | {} | {} |\n", doc.key, doc.type, doc.help);
  return out;
}

namespace {

/// Lines of at most 116 characters, each indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  constexpr std::size_t kWidth = 116;
  std::string out;
  std::string line;
  for (const std::string& word : split(text, ' ')) {
    if (!line.empty() && indent + line.size() + 1 + word.size() > kWidth) {
      out += std::string(indent, ' ') + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? out : out + std::string(indent, ' ') + line + "\n";
}

template <class Info>
std::string list_of(std::span<const Info* const> kinds, bool verbose) {
  std::size_t width = 0;
  for (const Info* kind : kinds) width = std::max(width, kind->name.size());
  std::string out;
  for (const Info* kind : kinds) {
    out += fmt::format("{:<{}}  {}\n", kind->name, width, kind->summary);
    if constexpr (requires { kind->definition; }) out += wrapped(kind->definition, 4);
    if (!verbose) continue;
    std::size_t name_width = 0;
    for (const ParamSpec& spec : kind->params) name_width = std::max(name_width, spec.name.size());
    for (const ParamSpec& spec : kind->params) {
      const std::string fallback = spec.required           ? ", required"
                                   : spec.fallback.empty() ? ""
                                                           : fmt::format(", default {}", spec.fallback);
      out += fmt::format("    {:<{}}  {} ({}{}{})\n", spec.name, name_width, spec.help, param_type_name(spec),
                         bounds_of(spec), fallback);
    }
  }
  return out;
}

}  // namespace

std::string list_kinds(const Kinds& kinds, std::string_view family, bool verbose) {
  if (family == "faults") return list_of(kinds.faults, verbose);
  if (family == "sources") return list_of(kinds.sources, verbose);
  if (family == "witnesses") return list_of(kinds.witnesses, verbose);
  if (family == "invariants") return list_of(kinds.invariants, verbose);
  return {};
}

}  // namespace stormproof
