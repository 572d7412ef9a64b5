#include "harness/scenario/scenario_parser.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/text.h"

namespace stormproof {

namespace {

constexpr std::size_t kSectionMax = 1000;

void parse_head(ParseContext& context, TableReader& reader) {
  Scenario& scenario = context.out;
  if (const RawValue* name = reader.require("name"); name != nullptr && as_text(context.sink, *name, "'name'")) {
    scenario.name = name->text;
    std::string plain = name->text;
    std::replace(plain.begin(), plain.end(), '.', '-');
    if (!is_name(plain) || name->text.starts_with('.')) {
      context.sink.report(name->where, fmt::format("'{}' is not a name for a scenario", name->text),
                          "letters, digits, '-', '_' and '.': it names the run's directory");
    }
  }
  reader.text("description", scenario.description);
  if (const RawValue* seed = reader.find("seed")) {
    constexpr std::int64_t kSeedMax = (std::int64_t{1} << 53U) - 1;  // JSON keeps it exactly
    scenario.seed = static_cast<std::uint64_t>(as_integer(context.sink, *seed, "'seed'", 0, kSeedMax).value_or(0));
  }
  reader.duration("timeout", scenario.timeout, true);
  reader.duration("settle", scenario.settle);
  reader.duration("linger", scenario.linger);
}

std::size_t section_size(const RawValue& value) { return value.entries.size() + value.items.size(); }

/// A section's value, unless it is absent or has more parts than any test needs.
const RawValue* section(ParseContext& context, TableReader& reader, std::string_view key) {
  const RawValue* value = reader.find(key);
  if (value == nullptr || section_size(*value) <= kSectionMax) return value;
  context.sink.report(value->where,
                      fmt::format("'{}' has {} parts; {} are allowed", key, section_size(*value), kSectionMax));
  return nullptr;
}

struct Need {
  std::string_view invariant;
  bool source;
  bool witness;
};
/// What an invariant looks at; one that is not listed needs neither.
constexpr std::array<Need, 24> kNeeds{
    {{"exactly_once", true, true},     {"at_least_once", true, true},    {"at_most_once", false, true},
     {"no_loss", true, true},          {"no_duplicates", false, true},   {"no_phantoms", true, true},
     {"integrity", true, true},        {"in_order", false, true},        {"no_gaps", true, true},
     {"resumable", false, true},       {"recovery", false, true},        {"progress", false, true},
     {"latency", true, true},          {"atomic", false, true},          {"converges", false, true},
     {"replay_window", false, true},   {"conserved", true, true},        {"consistent_offsets", false, true},
     {"monotonic_reads", false, true}, {"all_seen", true, true},         {"ordered_log", true, true},
     {"bookmarkable", false, true},    {"resumable_stream", true, true}, {"counter_bounds", true, false}}};

void check_needs(ParseContext& context, const InvariantSpec& invariant) {
  const auto need =
      std::find_if(kNeeds.begin(), kNeeds.end(), [&](const Need& n) { return n.invariant == invariant.name; });
  if (need == kNeeds.end()) return;
  const std::string who =
      fmt::format("'{}'{}", invariant.name, invariant.where.known() ? "" : ", judged when there is no [invariants],");
  if (need->source && !context.out.source) {
    context.sink.report(invariant.where, who + " needs a [source]: what ought to arrive");
  }
  if (need->witness && context.out.witnesses.empty()) {
    context.sink.report(invariant.where, who + " needs a [witness.NAME]: where effects are observed");
  }
}

const InvariantKindInfo* invariant_kind(const Kinds& kinds, std::string_view name) {
  for (const InvariantKindInfo* kind : kinds.invariants) {
    if (kind->name == name) return kind;
  }
  return nullptr;
}

/// true, a table of parameters, or the value of the shorthand parameter. Nothing for false and for mistakes.
std::optional<Params> parse_invariant_value(ParseContext& context, const RawEntry& entry,
                                            const InvariantKindInfo& kind) {
  const RawValue& value = entry.value;
  const std::string label = "the invariant '" + entry.key + "'";
  const bool word = value.flexible && (value.text == "true" || value.text == "false");
  if (value.kind == RawValue::Kind::boolean || word) {
    if (word ? value.text == "false" : !value.boolean) return std::nullopt;
    RawValue nothing;
    nothing.where = value.where;
    TableReader reader(context.sink, nothing, label);
    return parse_params(context, reader, kind.params, Place::nowhere);
  }
  if (value.kind == RawValue::Kind::table) {
    TableReader reader(context.sink, value, label);
    Params params = parse_params(context, reader, kind.params, Place::nowhere);
    reader.finish();
    return params;
  }
  for (const ParamSpec& spec : kind.params) {
    if (kind.shorthand.empty() || spec.name != kind.shorthand) continue;
    RawValue short_form;
    short_form.where = value.where;
    short_form.entries.push_back({std::string(spec.name), entry.where, value});
    TableReader reader(context.sink, short_form, label);
    return parse_params(context, reader, kind.params, Place::nowhere);
  }
  wrong_type(context.sink, value, label, "true, false or a table of its parameters");
  return std::nullopt;
}

}  // namespace

void parse_source(ParseContext& context, const RawValue& source) {
  TableReader reader(context.sink, source, "[source]");
  context.out.source.emplace();
  context.out.source->where = source.where;
  const RawValue* name = reader.require("kind");
  if (name == nullptr || !as_text(context.sink, *name, "'kind'")) return;
  context.out.source->kind = name->text;
  if (const SourceKindInfo* kind = find_kind(context, context.kinds.sources, *name, "source")) {
    context.out.source->params = parse_params(context, reader, kind->params, Place::source);
    reader.finish();
  }
}

void parse_witnesses(ParseContext& context, const RawValue& witnesses) {
  if (!is_table(context.sink, witnesses, "[witness]")) return;
  for (const RawEntry& entry : witnesses.entries) {
    TableReader reader(context.sink, entry.value, "[witness." + entry.key + "]");
    context.out.witnesses.push_back({entry.key, {}, {}, entry.value.where});
    if (!reader.valid()) continue;
    if (!is_name(entry.key)) {
      context.sink.report(entry.where, fmt::format("'{}' is not a name for a witness", entry.key),
                          "letters, digits, '-' and '_'");
    }
    const RawValue* name = reader.require("kind");
    if (name == nullptr || !as_text(context.sink, *name, "'kind'")) continue;
    WitnessSpec& witness = context.out.witnesses.back();
    witness.kind = name->text;
    if (const WitnessKindInfo* kind = find_kind(context, context.kinds.witnesses, *name, "witness")) {
      witness.params = parse_params(context, reader, kind->params, Place::witness);
      // By convention a witness's `target` is a selector (log).
      if (witness.params.has("target")) {
        const RawValue* target = reader.find("target");
        context.later(
            [&context, target] { check_selector(context, target->where, target->text, AnyReplica::forbidden); });
      }
      reader.finish();
    }
  }
}

std::string default_invariant(const Scenario& scenario) {
  return scenario.source || !scenario.witnesses.empty() ? "exactly_once" : "graceful_stop";
}

void parse_invariants(ParseContext& context, const RawValue* invariants) {
  if (invariants == nullptr) {
    const std::string name = default_invariant(context.out);
    const InvariantKindInfo* kind = invariant_kind(context.kinds, name);
    if (kind == nullptr) return;
    RawValue nothing;
    TableReader reader(context.sink, nothing, name);
    context.out.invariants.push_back({name, parse_params(context, reader, kind->params, Place::nowhere), {}});
    check_needs(context, context.out.invariants.back());
    return;
  }
  if (!is_table(context.sink, *invariants, "[invariants]")) return;
  std::vector<std::string> names;
  for (const InvariantKindInfo* kind : context.kinds.invariants) names.emplace_back(kind->name);
  bool mistaken = false;
  for (const RawEntry& entry : invariants->entries) {
    const InvariantKindInfo* kind = invariant_kind(context.kinds, entry.key);
    if (kind == nullptr) {
      mistaken = true;
      context.sink.report(entry.where, fmt::format("unknown invariant '{}'", entry.key), suggest(entry.key, names));
      continue;
    }
    const bool asked = entry.value.kind != RawValue::Kind::boolean || entry.value.boolean;
    std::optional<Params> params = parse_invariant_value(context, entry, *kind);
    if (!params) {
      mistaken = mistaken || (asked && !entry.value.flexible);
      continue;
    }
    context.out.invariants.push_back({entry.key, std::move(*params), entry.where});
    check_needs(context, context.out.invariants.back());
  }
  if (context.out.invariants.empty() && !mistaken) {
    context.sink.report(invariants->where, "[invariants] asks for nothing: such a run cannot fail",
                        "add exactly_once = true, or leave [invariants] out to get it");
  }
}

Scenario parse_scenario(const RawValue& root, const Kinds& kinds, RegexCache& regexes, DiagnosticSink& sink) {
  Scenario scenario;
  ParseContext context{sink, kinds, regexes, scenario, {}};
  RawValue top = root;
  top.where = {};  // the whole file is no place to point at
  TableReader reader(sink, top, "the scenario");
  for (const char* elsewhere : {"params", "matrix", "expect"}) reader.known(elsewhere);
  parse_head(context, reader);
  const RawValue* targets = section(context, reader, "targets");
  if (targets != nullptr) parse_targets(context, *targets);
  if (reader.find("targets") == nullptr ||
      (targets != nullptr && targets->kind == RawValue::Kind::table && section_size(*targets) == 0)) {
    sink.report(targets == nullptr ? SourceRange{} : targets->where, "no [targets.NAME]: there is nothing to test");
  }
  if (const RawValue* links = section(context, reader, "links")) parse_links(context, *links);
  if (const RawValue* source = reader.find("source")) parse_source(context, *source);
  if (const RawValue* witnesses = section(context, reader, "witness")) parse_witnesses(context, *witnesses);
  if (const RawValue* faults = section(context, reader, "faults")) parse_faults(context, *faults);
  parse_invariants(context, reader.find("invariants"));
  if (const RawValue* explore = section(context, reader, "explore")) parse_explore(context, *explore);
  if (const RawValue* found = reader.find("found")) parse_found(context, *found);
  for (std::size_t i = 0; i < context.checks.size(); ++i) context.checks[i]();
  check_faults(context);
  reader.finish();
  return scenario;
}

}  // namespace stormproof
