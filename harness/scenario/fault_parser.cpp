#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/model/link_cuts.h"
#include "harness/model/trigger_text.h"
#include "harness/scenario/parse_context.h"

namespace stormproof {

namespace {

bool has_param(const FaultKindInfo& kind, std::string_view name) {
  return std::any_of(kind.params.begin(), kind.params.end(), [&](const ParamSpec& spec) { return spec.name == name; });
}

void parse_group(ParseContext& context, const RawValue& group, std::vector<std::string>& selectors) {
  const auto texts = as_texts(context.sink, group, "a group in 'between'");
  if (!texts) return;
  if (texts->empty()) context.sink.report(group.where, "a group in 'between' is empty", "name the targets in it");
  for (const RawValue& selector : *texts) {
    selectors.push_back(selector.text);
    context.later([&context, where = selector.where, text = selector.text] {
      check_selector(context, where, text, AnyReplica::forbidden);
    });
  }
}

/// Once all targets and links are known: something must lie between the groups.
void check_between(ParseContext& context, SourceRange where, const FaultSpec& fault) {
  for (const TargetSpec& target : context.out.targets) {
    for (int index = 0; index < target.replicas; ++index) {
      const std::string process = fmt::format("{}/{}", target.name, index);
      const auto in = [&](const std::vector<std::string>& group) {
        return std::any_of(group.begin(), group.end(),
                           [&](const std::string& selector) { return selects_process(selector, process); });
      };
      if (!in(fault.first_group) || !in(fault.second_group)) continue;
      context.sink.report(where, fmt::format("'{}' is in both groups of 'between'", process));
      return;
    }
  }
  if (fault.first_group.empty() || fault.second_group.empty()) return;  // reported already
  if (!cuts_between(context.out, fault).empty()) return;
  const auto known = [&](const std::string& selector) {
    return context.out.find_target(selector.substr(0, selector.find('/'))) != nullptr;
  };
  if (!std::all_of(fault.first_group.begin(), fault.first_group.end(), known)) return;
  if (!std::all_of(fault.second_group.begin(), fault.second_group.end(), known)) return;
  context.sink.report(
      where,
      fmt::format("no link leads from {} to {} or back", join(fault.first_group, ", "), join(fault.second_group, ", ")),
      "a target uses a link when {links.X} stands in its command or env");
}

/// `between = [["client"], ["server/0"]]`, with `oneway`.
void parse_between(ParseContext& context, TableReader& reader, FaultSpec& fault) {
  const RawValue& between = *reader.find("between");
  for (const char* key : {"link", "direction"}) {
    if (const RawValue* value = reader.find(key)) {
      context.sink.report(value->where, fmt::format("'{}' does not go with 'between'", key),
                          key == std::string_view("direction") ? "`oneway = true` strikes from the first group to the "
                                                                 "second only"
                                                               : "the links between the groups are found");
    }
  }
  if (const RawValue* oneway = reader.find("oneway")) {
    fault.oneway = as_boolean(context.sink, *oneway, "'oneway'").value_or(false);
  }
  fault.link.clear();
  if (between.kind != RawValue::Kind::array || between.items.size() != 2) {
    context.sink.report(between.where, "'between' must be two groups of targets",
                        "write between = [[\"client\"], [\"server\"]]");
    return;
  }
  parse_group(context, between.items[0], fault.first_group);
  parse_group(context, between.items[1], fault.second_group);
  context.later([&context, &fault, where = between.where] { check_between(context, where, fault); });
}

/// The keys that say what a fault strikes; each scope has its own.
void parse_on(ParseContext& context, TableReader& reader, const FaultKindInfo* kind, FaultSpec& fault) {
  const RawValue* target = reader.find("target");
  const RawValue* link = reader.find("link");
  const RawValue* direction = reader.find("direction");
  reader.text("target", fault.target);
  reader.text("link", fault.link);
  if (kind == nullptr) return;
  const bool on_process = kind->scope == FaultScope::process;
  const auto misplaced = [&](const RawValue* value, const char* key) {
    if (value == nullptr || has_param(*kind, key)) return;
    context.sink.report(
        value->where,
        fmt::format("'{}' does not go with '{}', a fault on {}", key, kind->name, on_process ? "processes" : "a link"),
        on_process ? "give a target" : "give a link");
  };
  if (on_process) {
    misplaced(link, "link");
    misplaced(direction, "direction");
    if (reader.require("target") != nullptr && target->kind == RawValue::Kind::text) {
      context.later([&context, target] { check_selector(context, target->where, target->text, AnyReplica::allowed); });
    }
    return;
  }
  misplaced(target, "target");
  if (kind->groups && reader.find("between") != nullptr) {
    parse_between(context, reader, fault);
    return;
  }
  if (kind->groups && reader.find("oneway") != nullptr) {
    context.sink.report(reader.where("oneway"), "'oneway' goes with 'between'",
                        "on a link, `direction` says which way");
  }
  if (reader.require("link") != nullptr && link->kind == RawValue::Kind::text) {
    context.later([&context, link] { check_link_name(context, link->where, link->text); });
  }
  if (direction != nullptr) {
    constexpr std::array<Direction, 3> kDirections{Direction::upstream, Direction::downstream, Direction::both};
    if (const auto choice = as_choice(context.sink, *direction, "'direction'", {"upstream", "downstream", "both"})) {
      fault.direction = kDirections[*choice];
    }
  }
}

/// `for`, `until` and `restart`: how a fault heals.
void parse_end(ParseContext& context, TableReader& reader, const FaultKindInfo* kind, FaultSpec& fault) {
  const RawValue* lasts = reader.find("for");
  const RawValue* until = reader.find("until");
  const RawValue* restart = reader.find("restart");
  if (lasts != nullptr) {
    Nanos value{};
    reader.duration("for", value, true);
    if (value.count() > 0) fault.lasts = value;
  }
  if (until != nullptr) {
    fault.until =
        parse_trigger(context, *until, "until", fault, kind == nullptr ? std::nullopt : std::optional(kind->scope));
    if (fault.until && fault.until->kind == TriggerSpec::Kind::every) {
      context.sink.report(until->where, "'until' must hold once: 'every' does not go with it", "use at");
    }
    if (lasts != nullptr) context.sink.report(until->where, "'for' and 'until' contradict each other; give one");
  }
  if (kind == nullptr) return;
  if (!kind->lasting) {
    for (const auto& [value, key] : {std::pair(lasts, "for"), std::pair(until, "until")}) {
      if (value == nullptr || has_param(*kind, key)) continue;
      context.sink.report(value->where,
                          fmt::format("'{}' does not go with '{}': it strikes once and does not last", key, kind->name),
                          kind->scope == FaultScope::process ? "`restart` says when the process comes back" : "");
    }
  }
  if (restart == nullptr || has_param(*kind, "restart")) return;
  if (kind->scope == FaultScope::link) {
    context.sink.report(restart->where, fmt::format("'restart' does not go with '{}', a fault on a link", kind->name));
  } else if (kind->lasting) {
    context.sink.report(restart->where,
                        fmt::format("'restart' does not go with '{}': it heals by `for` or `until`", kind->name));
  } else if (const auto delay = as_duration(context.sink, *restart, "'restart'")) {
    fault.restart = *delay;
  }
}

void parse_fault(ParseContext& context, const RawValue& value) {
  TableReader reader(context.sink, value, "[[faults]]");
  context.out.faults.emplace_back();
  FaultSpec& fault = context.out.faults.back();
  fault.where = value.where;
  if (!reader.valid()) return;
  const FaultKindInfo* kind = nullptr;
  if (const RawValue* name = reader.require("kind"); name != nullptr && as_text(context.sink, *name, "'kind'")) {
    kind = find_kind(context, context.kinds.faults, *name, "fault");
    fault.kind = name->text;
  }
  reader.text("name", fault.name);
  if (const RawValue* name = reader.find("name"); name != nullptr && name->kind == RawValue::Kind::text) {
    const bool plain = std::none_of(name->text.begin(), name->text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (name->text.empty() || name->text.size() > 64 || !plain) {
      context.sink.report(name->where, "a fault's name has 1 to 64 printable characters");
    }
  }
  parse_on(context, reader, kind, fault);
  if (const RawValue* probability = reader.find("probability")) {
    fault.probability = as_number(context.sink, *probability, "'probability'", 0, 1).value_or(1.0);
  }
  const std::optional<FaultScope> scope = kind == nullptr ? std::nullopt : std::optional(kind->scope);
  if (const RawValue* when = reader.require("when")) {
    if (auto trigger = parse_trigger(context, *when, "when", fault, scope)) fault.when = std::move(*trigger);
  }
  parse_end(context, reader, kind, fault);
  if (kind == nullptr) return;
  fault.params = parse_params(context, reader, kind->params, Place::nowhere);
  reader.finish();
}

/// KIND, KIND-2, ... for faults without a name, passing over names that were given.
void name_faults(ParseContext& context) {
  std::set<std::string> taken;
  for (const FaultSpec& fault : context.out.faults) {
    if (fault.name.empty() || taken.insert(fault.name).second) continue;
    context.sink.report(fault.where, fmt::format("two faults are named '{}'", fault.name),
                        "names tell faults apart in `after` and in reports");
  }
  std::map<std::string, int> used;
  for (FaultSpec& fault : context.out.faults) {
    if (!fault.name.empty()) continue;
    const std::string stem = fault.kind.empty() ? "fault" : fault.kind;
    do {
      const int number = ++used[stem];
      fault.name = number == 1 ? stem : fmt::format("{}-{}", stem, number);
    } while (!taken.insert(fault.name).second);
  }
}

bool ranged(const TriggerSpec& trigger) { return trigger.time_max.count() > 0 || trigger.count_max > 0; }

bool overlap(const FaultSpec& a, const FaultSpec& b) {
  const auto covers = [](const std::string& wide, const std::string& narrow) {
    return wide == narrow || narrow.starts_with(wide + '/');
  };
  if (!a.first_group.empty() || !b.first_group.empty()) {
    return a.first_group == b.first_group && a.second_group == b.second_group;
  }
  if (!a.link.empty()) {
    return a.link == b.link &&
           (a.direction == b.direction || a.direction == Direction::both || b.direction == Direction::both);
  }
  // Two draws of "client/any" may well fall on different replicas.
  if (a.target.ends_with("/any") || b.target.ends_with("/any")) return false;
  return covers(a.target, b.target) || covers(b.target, a.target);
}

void check_twins(ParseContext& context) {
  const std::vector<FaultSpec>& faults = context.out.faults;
  std::map<std::string, std::vector<const FaultSpec*>> same_moment;
  for (const FaultSpec& fault : faults) {
    if (fault.kind.empty() || !fault.when.where.known() || ranged(fault.when) || fault.probability < 1) continue;
    std::vector<const FaultSpec*>& earlier = same_moment[fault.kind + '\n' + print_trigger(fault.when)];
    for (const FaultSpec* other : earlier) {
      if (!overlap(*other, fault)) continue;
      context.sink.report(fault.where,
                          fmt::format("'{}' and '{}' contradict each other: the same kind strikes the same {} at the "
                                      "same instant",
                                      other->name, fault.name, fault.target.empty() ? "link" : "process"),
                          "give them different triggers, or remove one");
      break;
    }
    earlier.push_back(&fault);
  }
}

void check_after_cycle(ParseContext& context) {
  std::map<std::string, const FaultSpec*> by_name;
  for (const FaultSpec& fault : context.out.faults) by_name.emplace(fault.name, &fault);
  std::set<const FaultSpec*> settled;
  for (const FaultSpec& root : context.out.faults) {
    std::vector<const FaultSpec*> path;
    const FaultSpec* at = &root;
    while (at != nullptr && settled.count(at) == 0) {
      const auto again = std::find(path.begin(), path.end(), at);
      if (again != path.end()) {
        std::string cycle;
        for (auto part = again; part != path.end(); ++part) cycle += (*part)->name + " → ";
        context.sink.report((*again)->when.where, "faults wait for each other: " + cycle + at->name,
                            "give one of them another trigger");
        break;
      }
      path.push_back(at);
      const auto next = by_name.find(at->when.fault);
      at = at->when.kind == TriggerSpec::Kind::after && next != by_name.end() ? next->second : nullptr;
    }
    settled.insert(path.begin(), path.end());
  }
}

/// A fault whose end is not after its beginning, or that begins when the run is over.
void check_span(ParseContext& context, const FaultSpec& fault) {
  const TriggerSpec& when = fault.when;
  if (!when.where.known()) return;
  using Kind = TriggerSpec::Kind;
  if (when.kind == Kind::at && std::max(when.time, when.time_max) + when.delay >= context.out.timeout) {
    context.sink.report(when.where, fmt::format("'{}' never fires: the run times out after {}", fault.name,
                                                print_duration(context.out.timeout)));
  }
  const FaultKindInfo* kind = nullptr;
  for (const FaultKindInfo* known : context.kinds.faults) {
    if (known->name == fault.kind) kind = known;
  }
  if (when.kind == Kind::every && kind != nullptr && kind->lasting) {
    if (!fault.lasts && !fault.until) {
      context.sink.report(when.where,
                          fmt::format("'{}' strikes again and again but never heals in between", fault.name),
                          "add for = \"…\"");
    } else if (fault.lasts && *fault.lasts >= when.time) {
      context.sink.report(when.where,
                          fmt::format("'{}' strikes every {} but lasts {}", fault.name, print_duration(when.time),
                                      print_duration(*fault.lasts)),
                          "make `for` shorter than `every`");
    }
  }
  if (!fault.until) return;
  const TriggerSpec& until = *fault.until;
  if (until.kind == Kind::after && until.fault == fault.name) {
    context.sink.report(until.where, fmt::format("'{}' cannot end by its own beginning", fault.name), "use `for`");
  }
  const bool same_measure = until.kind == when.kind && until.target == when.target && until.link == when.link;
  const bool timed = same_measure && when.kind == Kind::at &&
                     std::max(until.time, until.time_max) + until.delay <= when.time + when.delay;
  const bool counted = same_measure && when.count > 0 && when.delay == until.delay &&
                       std::max(until.count, until.count_max) <= when.count;
  if (timed || counted) {
    context.sink.report(until.where,
                        fmt::format("'{}' would end before it begins: `until` holds no later than `when`", fault.name));
  }
}

}  // namespace

void parse_faults(ParseContext& context, const RawValue& faults) {
  if (faults.kind != RawValue::Kind::array) {
    wrong_type(context.sink, faults, "'faults'", "a list of tables", "write [[faults]], in double brackets");
    return;
  }
  // Triggers of one fault refer to it while it is parsed; specs must not move.
  context.out.faults.reserve(faults.items.size());
  for (const RawValue& item : faults.items) parse_fault(context, item);
  name_faults(context);
}

void check_faults(ParseContext& context) {
  check_after_cycle(context);
  check_twins(context);
  for (const FaultSpec& fault : context.out.faults) check_span(context, fault);
}

}  // namespace stormproof
