/// [explore] and [found]: what `stormproof explore` may do, and what it once found.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "harness/base/text.h"
#include "harness/scenario/parse_context.h"

namespace stormproof {

namespace {

constexpr std::array<const char*, 9> kTriggers{"effects",     "sent",  "acked", "log", "exits",
                                               "connections", "bytes", "after", "at"};
constexpr std::string_view kDots = "..";

/// Each end of "LOW..HIGH", or the text twice; numbers may be written as text here.
std::pair<RawValue, RawValue> ends_of(const RawValue& value) {
  RawValue low = value, high = value;
  const std::size_t dots = value.kind == RawValue::Kind::text ? value.text.find(kDots) : std::string::npos;
  if (dots == std::string::npos) return {low, high};
  low.text = value.text.substr(0, dots);
  high.text = value.text.substr(dots + kDots.size());
  low.flexible = high.flexible = true;
  return {low, high};
}

void empty_range(ParseContext& context, const RawValue& value) {
  context.sink.report(value.where, fmt::format("the range '{}' is empty: its end is below its start", value.text),
                      "write \"LOW..HIGH\"");
}

std::optional<DurationRange> parse_duration_range(ParseContext& context, const RawValue& value,
                                                  const std::string& what) {
  const auto [low, high] = ends_of(value);
  const auto from = as_duration(context.sink, low, what);
  if (!from) return std::nullopt;
  const auto to = as_duration(context.sink, high, what);
  if (!to) return std::nullopt;
  if (*to >= *from) return DurationRange{*from, *to};
  empty_range(context, value);
  return std::nullopt;
}

bool can_range(ParamType type) {
  switch (type) {
    case ParamType::integer:
    case ParamType::number:
    case ParamType::probability:
    case ParamType::duration:
    case ParamType::size:
    case ParamType::rate: return true;
    default: return false;
  }
}

std::optional<ParamChoice> parse_choice(ParseContext& context, const RawValue& value, const ParamSpec& spec) {
  ParamChoice choice;
  const auto take = [&](const RawValue& one) {
    choice.values.emplace_back();
    return parse_param_value(context, one, spec, Place::nowhere, choice.values.back());
  };
  const bool listed = value.kind == RawValue::Kind::array && spec.type != ParamType::text_list;
  if (listed && value.items.empty()) {
    context.sink.report(value.where, fmt::format("'{}' has no value to choose from", spec.name));
    return std::nullopt;
  }
  if (listed) {
    if (!std::all_of(value.items.begin(), value.items.end(), take)) return std::nullopt;
    return choice;
  }
  const bool ranged =
      can_range(spec.type) && value.kind == RawValue::Kind::text && value.text.find(kDots) != std::string::npos;
  if (!ranged) return take(value) ? std::optional(choice) : std::nullopt;
  choice.form = ParamChoice::Form::range;
  const auto [low, high] = ends_of(value);
  if (!take(low) || !take(high)) return std::nullopt;
  if (choice.values[0] <= choice.values[1]) return choice;
  empty_range(context, value);
  return std::nullopt;
}

/// The texts of a list, each checked later: for selectors and links, which may be defined further down.
void parse_names(ParseContext& context, TableReader& reader, const char* key, std::vector<std::string>& out,
                 void (*check)(ParseContext&, const RawValue&)) {
  const RawValue* value = reader.find(key);
  if (value == nullptr) return;
  const auto names = as_texts(context.sink, *value, TableReader::quoted(key));
  if (!names) return;
  for (const RawValue& name : *names) {
    out.push_back(name.text);
    context.later([&context, name, check] { check(context, name); });
  }
}

void check_target_name(ParseContext& context, const RawValue& name) {
  check_selector(context, name.where, name.text, AnyReplica::forbidden);
}
void check_link_of(ParseContext& context, const RawValue& name) { check_link_name(context, name.where, name.text); }
void check_kind(ParseContext& context, const RawValue& name) {
  find_kind(context, context.kinds.faults, name, "fault");
}
void check_trigger(ParseContext& context, const RawValue& name) {
  const std::vector<std::string> known(kTriggers.begin(), kTriggers.end());
  if (std::find(known.begin(), known.end(), name.text) != known.end()) return;
  context.sink.report(name.where, fmt::format("explore draws no trigger '{}'", name.text), suggest(name.text, known));
}

void parse_number(ParseContext& context, TableReader& reader, const char* key, int& out, int low, int high) {
  if (const RawValue* value = reader.find(key)) {
    out = static_cast<int>(as_integer(context.sink, *value, TableReader::quoted(key), low, high).value_or(out));
  }
}

void parse_where_it_strikes(ParseContext& context, TableReader& reader, const FaultKindInfo& kind,
                            PaletteEntry& entry) {
  const RawValue* target = reader.find("target");
  const RawValue* link = reader.find("link");
  reader.text("target", entry.target);
  reader.text("link", entry.link);
  const bool on_process = kind.scope == FaultScope::process;
  if (const RawValue* wrong = on_process ? link : target) {
    context.sink.report(wrong->where,
                        fmt::format("'{}' does not go with '{}', a fault on {}", on_process ? "link" : "target",
                                    kind.name, on_process ? "processes" : "a link"),
                        on_process ? "give a target" : "give a link");
  }
  if (on_process && target != nullptr && target->kind == RawValue::Kind::text) {
    context.later([&context, target] { check_selector(context, target->where, target->text, AnyReplica::allowed); });
  }
  if (!on_process && link != nullptr && link->kind == RawValue::Kind::text) {
    context.later([&context, link] { check_link_name(context, link->where, link->text); });
  }
}

void parse_entry(ParseContext& context, const RawValue& value, ExploreSpec& explore) {
  TableReader reader(context.sink, value, "[[explore.faults]]");
  if (!reader.valid()) return;
  const RawValue* name = reader.require("kind");
  if (name == nullptr || !as_text(context.sink, *name, "'kind'")) return;
  const FaultKindInfo* kind = find_kind(context, context.kinds.faults, *name, "fault");
  if (kind == nullptr) return;
  PaletteEntry entry;
  entry.kind = name->text;
  entry.where = value.where;
  parse_number(context, reader, "weight", entry.weight, 1, 1000);
  parse_where_it_strikes(context, reader, *kind, entry);
  const RawValue* lasts = reader.find("for");
  const RawValue* restart = reader.find("restart");
  if (lasts != nullptr) entry.lasts = parse_duration_range(context, *lasts, "'for'");
  if (lasts != nullptr && !kind->lasting) {
    context.sink.report(lasts->where,
                        fmt::format("'for' does not go with '{}': it strikes once and does not last", kind->name));
  }
  if (restart != nullptr) entry.restart = parse_duration_range(context, *restart, "'restart'");
  if (restart != nullptr && (kind->lasting || kind->scope == FaultScope::link)) {
    context.sink.report(restart->where, fmt::format("'restart' does not go with '{}'", kind->name));
  }
  for (const ParamSpec& spec : kind->params) {
    const RawValue* given = reader.find(spec.name);
    if (given == nullptr) continue;
    if (auto choice = parse_choice(context, *given, spec)) {
      entry.params.emplace(std::string(spec.name), std::move(*choice));
    }
  }
  reader.finish();
  explore.palette.push_back(std::move(entry));
}

/// "19/20"
bool parse_share(const std::string& text, FoundSpec& found) {
  const char* end = text.data() + text.size();
  const auto [slash, bad] = std::from_chars(text.data(), end, found.reproduced);
  if (bad != std::errc{} || slash == end || *slash != '/') return false;
  const auto [stop, worse] = std::from_chars(slash + 1, end, found.repeated);
  return worse == std::errc{} && stop == end && found.reproduced >= 0 && found.reproduced <= found.repeated;
}

}  // namespace

void parse_explore(ParseContext& context, const RawValue& value) {
  TableReader reader(context.sink, value, "[explore]");
  if (!reader.valid()) return;
  ExploreSpec& explore = context.out.explore.emplace();
  explore.where = value.where;
  parse_names(context, reader, "kinds", explore.kinds, check_kind);
  parse_names(context, reader, "targets", explore.targets, check_target_name);
  parse_names(context, reader, "links", explore.links, check_link_of);
  parse_names(context, reader, "triggers", explore.triggers, check_trigger);
  parse_number(context, reader, "max_faults", explore.max_faults, 1, 50);
  parse_number(context, reader, "runs", explore.runs, 1, 1'000'000);
  parse_number(context, reader, "patience", explore.patience, 0, 1'000'000);
  if (const RawValue* lasts = reader.find("for")) explore.lasts = as_duration(context.sink, *lasts, "'for'");
  if (const RawValue* faults = reader.find("faults")) {
    if (faults->kind != RawValue::Kind::array) {
      wrong_type(context.sink, *faults, "'faults'", "a list of tables", "write [[explore.faults]], in double brackets");
    } else {
      for (const RawValue& item : faults->items) parse_entry(context, item, explore);
    }
    if (const RawValue* kinds = reader.find("kinds")) {
      context.sink.report(kinds->where, "'kinds' and [[explore.faults]] contradict each other; give one");
    }
  }
  reader.finish();
}

void parse_found(ParseContext& context, const RawValue& value) {
  TableReader reader(context.sink, value, "[found]");
  if (!reader.valid()) return;
  FoundSpec& found = context.out.origin.emplace();
  found.where = value.where;
  if (reader.require("anomaly") != nullptr) reader.text("anomaly", found.anomaly);
  if (const RawValue* share = reader.require("reproduces")) {
    const auto text = as_text(context.sink, *share, "'reproduces'");
    if (text && !parse_share(*text, found)) {
      context.sink.report(share->where, fmt::format("'{}' is not a share of runs", *text), "as in \"19/20\"");
    }
  }
  reader.finish();
}

}  // namespace stormproof
