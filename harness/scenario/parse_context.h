/// What the parsers of the parts of a scenario share. Internal to harness/scenario.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/api/kind_info.h"
#include "harness/model/scenario.h"
#include "harness/scenario/diagnostic.h"
#include "harness/scenario/placeholders.h"
#include "harness/scenario/raw_value.h"
#include "harness/scenario/table_reader.h"

namespace stormproof {

/// Patterns already compiled once: a matrix repeats them for every cell.
using RegexCache = std::map<std::string, std::optional<std::string>>;

/// Where a text stands decides which placeholders it may hold.
enum class Place { target, source, witness, nowhere };

struct ParseContext {
  DiagnosticSink& sink;
  const Kinds& kinds;
  RegexCache& regexes;
  Scenario& out;
  std::vector<std::function<void()>> checks;

  /// Runs once everything is parsed: for references to what may be defined further down. What is captured by
  /// reference must be part of the raw tree or of `out`; specs are captured by index.
  void later(std::function<void()> check) { checks.push_back(std::move(check)); }

  bool regex_ok(const RawValue& pattern);
  /// Checks, later, every placeholder of a text. `target`: index of the target whose ports count.
  void check_placeholders(const RawValue& text, Place place, std::size_t target = 0);
};

// Each reads one part of the raw tree into context.out; the implementations are in *_parser.cpp.
void parse_targets(ParseContext& context, const RawValue& targets);
void parse_links(ParseContext& context, const RawValue& links);
void parse_source(ParseContext& context, const RawValue& source);
void parse_witnesses(ParseContext& context, const RawValue& witnesses);
void parse_faults(ParseContext& context, const RawValue& faults);
void parse_invariants(ParseContext& context, const RawValue* invariants);
void parse_explore(ParseContext& context, const RawValue& explore);
void parse_found(ParseContext& context, const RawValue& found);

/// Reads the parameters of a kind: types, bounds, required ones, defaults.
Params parse_params(ParseContext& context, TableReader& reader, std::span<const ParamSpec> specs, Place place);
/// One parameter. False when it was reported.
bool parse_param_value(ParseContext& context, const RawValue& value, const ParamSpec& spec, Place place,
                       ParamValue& out);

/// Reads a trigger of `fault` (whose scope is unknown when its kind is). `key`: "when" or "until".
std::optional<TriggerSpec> parse_trigger(ParseContext& context, const RawValue& value, const std::string& key,
                                         const FaultSpec& fault, std::optional<FaultScope> scope);

/// Mistakes that only show when several faults are seen together.
void check_faults(ParseContext& context);

/// The place of the placeholder itself when the text stands in the file as it is, else that of the whole text.
SourceRange place_within(const RawValue& text, const PlaceholderUse& use);

enum class AnyReplica { allowed, forbidden };
/// Reports a selector ("client", "client/0", "client/any") that names nothing.
void check_selector(ParseContext& context, SourceRange where, const std::string& selector, AnyReplica any);
void check_link_name(ParseContext& context, SourceRange where, const std::string& link);

/// The kind with this name, or nullptr after having reported it with the nearest name.
template <class Info>
const Info* find_kind(ParseContext& context, std::span<const Info* const> kinds, const RawValue& name,
                      const std::string& family) {
  std::vector<std::string> names;
  for (const Info* kind : kinds) {
    if (kind->name == name.text) return kind;
    names.emplace_back(kind->name);
  }
  context.sink.report(name.where, "unknown " + family + " kind '" + name.text + "'", suggest(name.text, names));
  return nullptr;
}

}  // namespace stormproof
