#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/scenario/parse_context.h"

namespace stormproof {

namespace {

using Kind = TriggerSpec::Kind;

struct TriggerKey {
  const char* key;
  Kind kind;
};
constexpr std::array<TriggerKey, 10> kKeys{{{"at", Kind::at},
                                            {"every", Kind::every},
                                            {"effects", Kind::effects},
                                            {"sent", Kind::sent},
                                            {"acked", Kind::acked},
                                            {"log", Kind::log},
                                            {"exits", Kind::exits},
                                            {"bytes", Kind::bytes},
                                            {"connections", Kind::connections},
                                            {"after", Kind::after}}};

constexpr std::int64_t kCountMax = 1'000'000'000'000'000;
constexpr std::int64_t kConnectionMax = 1'000'000'000;
constexpr std::int64_t kOccurrenceMax = 1'000'000;
constexpr Nanos kTimeMax = std::chrono::hours(1000);

bool on_link(Kind kind) { return kind == Kind::bytes || kind == Kind::connections; }
bool on_target(Kind kind) { return kind == Kind::log || kind == Kind::exits; }

class TriggerParser {
 public:
  TriggerParser(ParseContext& context, const RawValue& value, const std::string& key, const FaultSpec& fault,
                std::optional<FaultScope> scope)
      : context_(context),
        sink_(context.sink),
        key_(key),
        fault_(fault),
        scope_(scope),
        reader_(context.sink, value, "'" + key + "'") {
    trigger_.where = value.where;
  }

  std::optional<TriggerSpec> parse() {
    if (!reader_.valid()) return std::nullopt;
    const RawValue* value = find_kind();
    if (value == nullptr) return std::nullopt;
    const bool read = parse_value(*value);
    parse_on(*value);
    reader_.duration("delay", trigger_.delay);
    parse_connection();
    const bool counted = parse_occurrence(*value);
    reader_.finish();
    if (!read || !counted) return std::nullopt;
    check_fed(*value);
    return trigger_;
  }

 private:
  const RawValue* find_kind() {
    const RawValue* found = nullptr;
    std::vector<std::string> names;
    for (const auto& [key, kind] : kKeys) {
      names.emplace_back(key);
      const RawValue* value = reader_.find(key);
      if (value == nullptr) continue;
      if (found != nullptr) {
        sink_.report(trigger_.where, fmt::format("'{}' has two triggers; give one", key_));
        return nullptr;
      }
      found = value;
      trigger_.kind = kind;
      name_ = key;
    }
    if (found != nullptr) return found;
    constexpr std::array<std::string_view, 4> kModifiers{"on", "delay", "occurrence", "connection"};
    for (const std::string_view modifier : kModifiers) reader_.known(std::string(modifier));
    for (const RawEntry& entry : reader_.table().entries) {
      if (std::find(kModifiers.begin(), kModifiers.end(), entry.key) != kModifiers.end()) continue;
      sink_.report(entry.where, fmt::format("unknown trigger kind '{}'", entry.key), suggest(entry.key, names));
      return nullptr;
    }
    sink_.report(trigger_.where, fmt::format("'{}' has no trigger", key_), "one of " + join(names, ", "));
    return nullptr;
  }

  bool parse_value(const RawValue& value) {
    const std::string what = TableReader::quoted(name_);
    switch (trigger_.kind) {
      case Kind::at:
      case Kind::every: return parse_time(value, what);
      case Kind::log: {
        const auto pattern = as_text(sink_, value, what);
        if (!pattern || !context_.regex_ok(value)) return false;
        trigger_.pattern = *pattern;
        return true;
      }
      case Kind::after: {
        const auto fault = as_text(sink_, value, what);
        if (!fault) return false;
        trigger_.fault = *fault;
        context_.later([this_context = &context_, value = &value] { check_fault_name(*this_context, *value); });
        return true;
      }
      default: return parse_count(value, what);
    }
  }

  static void check_fault_name(ParseContext& context, const RawValue& name) {
    std::vector<std::string> names;
    for (const FaultSpec& fault : context.out.faults) {
      if (fault.name == name.text) return;
      names.push_back(fault.name);
    }
    context.sink.report(name.where, fmt::format("unknown fault '{}' in 'after'", name.text), suggest(name.text, names));
  }

  /// Splits "LOW..HIGH"; high is empty when there is no range.
  static std::pair<std::string, std::string> split_range(const std::string& text) {
    const std::size_t dots = text.find("..");
    if (dots == std::string::npos) return {text, {}};
    return {text.substr(0, dots), text.substr(dots + 2)};
  }

  bool parse_time(const RawValue& value, const std::string& what) {
    if (value.kind != RawValue::Kind::text) {
      as_duration(sink_, value, what);  // reports
      return false;
    }
    const auto [low, high] = split_range(value.text);
    const bool range = value.text.find("..") != std::string::npos;
    if (range && trigger_.kind == Kind::every) {
      sink_.report(value.where, "'every' takes one duration, not a range");
      return false;
    }
    const auto from = read_time(value, what, low);
    const auto to = range ? read_time(value, what, high) : from;
    if (!from || !to) return false;
    if (*to < *from) return empty_range(value);
    if (trigger_.kind == Kind::every && from->count() == 0) {
      sink_.report(value.where, "'every' must be longer than 0");
      return false;
    }
    trigger_.time = *from;
    if (*to > *from) trigger_.time_max = *to;
    return true;
  }

  std::optional<Nanos> read_time(const RawValue& value, const std::string& what, const std::string& text) {
    RawValue part = value;
    part.text = text;
    const std::optional<Nanos> time = as_duration(sink_, part, what);
    if (time && *time > kTimeMax) {
      sink_.report(value.where, what + " must be at most 1000h");
      return std::nullopt;
    }
    return time;
  }

  bool empty_range(const RawValue& value) {
    sink_.report(value.where, fmt::format("the range '{}' is empty: its end is below its start", value.text),
                 "write \"LOW..HIGH\"");
    return false;
  }

  bool parse_count(const RawValue& value, const std::string& what) {
    if (trigger_.kind == Kind::exits && value.kind == RawValue::Kind::text && !value.flexible &&
        value.text.find("..") == std::string::npos) {
      trigger_.count = 1;  // exits = "client": the first exit of that target
      trigger_.target = value.text;
      return true;
    }
    const bool sized = trigger_.kind == Kind::bytes;
    if (value.kind != RawValue::Kind::text) {
      if (sized) {
        as_size(sink_, value, what);  // reports
        return false;
      }
      const auto count = as_integer(sink_, value, what, 1, kCountMax);
      trigger_.count = count.value_or(1);
      return count.has_value();
    }
    const auto [low, high] = split_range(value.text);
    const bool range = value.text.find("..") != std::string::npos;
    const auto from = read_count(value, what, low, range);
    const auto to = range ? read_count(value, what, high, range) : from;
    if (!from || !to) return false;
    if (*to < *from) return empty_range(value);
    trigger_.count = *from;
    if (*to > *from) trigger_.count_max = *to;
    return true;
  }

  std::optional<std::int64_t> read_count(const RawValue& value, const std::string& what, const std::string& text,
                                         bool range) {
    RawValue part = value;
    part.text = text;
    if (trigger_.kind == Kind::bytes) {
      const auto size = as_size(sink_, part, what);
      if (!size) return std::nullopt;
      if (*size >= 1 && *size <= static_cast<std::uint64_t>(kCountMax)) return static_cast<std::int64_t>(*size);
      sink_.report(value.where, fmt::format("{} must be between 1B and {}B", what, kCountMax));
      return std::nullopt;
    }
    part.flexible = value.flexible || range;
    if (!part.flexible) {
      wrong_type(sink_, value, what, "a whole number or a range", "write 500 or \"100..500\"");
      return std::nullopt;
    }
    std::int64_t count = 0;
    const char* end = part.text.data() + part.text.size();
    if (const auto [stop, failure] = std::from_chars(part.text.data(), end, count);
        failure != std::errc{} || stop != end) {
      sink_.report(value.where, fmt::format("{}: '{}' is not a whole number", what, part.text),
                   "write 500 or \"100..500\"");
      return std::nullopt;
    }
    return as_integer(sink_, part, what, 1, kCountMax);
  }

  void parse_on(const RawValue& value) {
    const Kind kind = trigger_.kind;
    const RawValue* on = reader_.find("on");
    if (on != nullptr) {
      parse_given_on(*on);
    } else if (kind == Kind::exits && !trigger_.target.empty()) {
      context_.later([this_context = &context_, value = &value] {
        check_selector(*this_context, value->where, value->text, AnyReplica::forbidden);
      });
    } else if (on_target(kind)) {
      trigger_.target = fault_.target;
      if (scope_ == FaultScope::link) {
        sink_.report(value.where, fmt::format("the trigger '{}' needs a target here", name_),
                     "add on = \"TARGET\" or \"TARGET/0\"");
      }
    } else if (on_link(kind)) {
      trigger_.link = fault_.link;
      if (scope_ == FaultScope::process || !fault_.first_group.empty()) {
        sink_.report(value.where, fmt::format("the trigger '{}' needs a link here", name_), "add on = \"LINK\"");
      }
    }
  }

  void parse_given_on(const RawValue& on) {
    const auto text = as_text(sink_, on, "'on'");
    if (!text) return;
    if (on_target(trigger_.kind) && trigger_.target.empty()) {
      trigger_.target = *text;
      context_.later([this_context = &context_, on = &on] {
        check_selector(*this_context, on->where, on->text, AnyReplica::forbidden);
      });
    } else if (on_link(trigger_.kind)) {
      trigger_.link = *text;
      context_.later([this_context = &context_, on = &on] { check_link_name(*this_context, on->where, on->text); });
    } else if (on_target(trigger_.kind)) {
      sink_.report(on.where, "'exits' already names the target", "write exits = 2, on = \"client\"");
    } else {
      sink_.report(on.where, fmt::format("'on' does not go with '{}'", name_),
                   "it goes with log, exits (a target) and bytes, connections (a link)");
    }
  }

  /// One connection instead of the whole link. Only the fault that waits in the path of the bytes can tell it apart.
  void parse_connection() {
    const RawValue* given = reader_.find("connection");
    if (given == nullptr) return;
    const auto refuse = [&](const std::string& why, const std::string& hint = "") {
      sink_.report(given->where, why, hint);
    };
    if (trigger_.kind != Kind::bytes) {
      refuse(fmt::format("'connection' does not go with '{}'", name_), "it goes with bytes");
    } else if (key_ != "when") {
      refuse(fmt::format("'connection' does not go with '{}'", key_), "it goes with `when`");
    } else if (scope_ == FaultScope::process || fault_.link.empty() || trigger_.link != fault_.link) {
      refuse("'connection' needs the fault's own link: only there the connection itself can be struck",
             "count the bytes of the whole link, or give the fault that link");
    } else if (whole_link()) {
      refuse(fmt::format("'connection' does not go with '{}': it strikes the link as a whole", fault_.kind));
    } else if (trigger_.delay.count() > 0) {
      refuse("'connection' does not go with 'delay': it strikes at the byte");
    } else {
      trigger_.connection = as_integer(sink_, *given, "'connection'", 1, kConnectionMax).value_or(1);
    }
  }

  bool whole_link() const {
    return std::any_of(context_.kinds.faults.begin(), context_.kinds.faults.end(),
                       [&](const FaultKindInfo* kind) { return kind->name == fault_.kind && kind->whole_link; });
  }

  /// The n-th time: kept for conditions that recur by themselves (for `every`: so many strikes), multiplied into counts
  /// otherwise.
  bool parse_occurrence(const RawValue& value) {
    const RawValue* given = reader_.find("occurrence");
    if (given == nullptr) return true;
    const auto occurrence = as_integer(sink_, *given, "'occurrence'", 1, kOccurrenceMax);
    if (!occurrence) return false;
    const Kind kind = trigger_.kind;
    if (kind == Kind::log || kind == Kind::after || kind == Kind::every) {
      trigger_.occurrence = *occurrence;
      return true;
    }
    if (kind == Kind::at && *occurrence != 1) {
      sink_.report(given->where, "'at' happens once: 'occurrence' does not go with it");
      return false;
    }
    const double most = static_cast<double>(std::max(trigger_.count, trigger_.count_max));
    if (most * static_cast<double>(*occurrence) > static_cast<double>(kCountMax)) {
      sink_.report(value.where, fmt::format("'{}' times 'occurrence' is too large", name_));
      return false;
    }
    trigger_.count *= *occurrence;
    trigger_.count_max *= *occurrence;
    return true;
  }

  /// A trigger that nothing in the scenario can ever set off.
  void check_fed(const RawValue& value) {
    const Kind kind = trigger_.kind;
    context_.later([this_context = &context_, kind, where = value.where, name = name_] {
      ParseContext& context = *this_context;
      if (kind == Kind::effects && context.out.witnesses.empty()) {
        context.sink.report(where, "the trigger 'effects' can never fire: no [witness.NAME] observes any");
      }
      if (kind != Kind::sent && kind != Kind::acked) return;
      if (!context.out.source) {
        context.sink.report(where, fmt::format("the trigger '{}' can never fire: there is no [source]", name));
        return;
      }
      for (const SourceKindInfo* source : context.kinds.sources) {
        if (source->name != context.out.source->kind || source->pushes) continue;
        context.sink.report(where,
                            fmt::format("the trigger '{}' can never fire: the source kind '{}' does not send by itself",
                                        name, source->name),
                            "use effects");
      }
    });
  }

  ParseContext& context_;
  DiagnosticSink& sink_;
  const std::string& key_;
  const FaultSpec& fault_;
  std::optional<FaultScope> scope_;
  TableReader reader_;
  TriggerSpec trigger_;
  std::string name_;
};

}  // namespace

std::optional<TriggerSpec> parse_trigger(ParseContext& context, const RawValue& value, const std::string& key,
                                         const FaultSpec& fault, std::optional<FaultScope> scope) {
  return TriggerParser(context, value, key, fault, scope).parse();
}

}  // namespace stormproof
