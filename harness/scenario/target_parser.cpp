#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "harness/scenario/parse_context.h"

namespace stormproof {

namespace {

constexpr std::int64_t kReplicasMax = 1000;

/// Reads a list of words that start a program; every word may hold placeholders.
void parse_argv(ParseContext& context, TableReader& reader, std::string_view key, const RawValue& value,
                std::size_t target, std::vector<std::string>& out) {
  const std::string what = TableReader::quoted(key);
  if (!as_texts(context.sink, value, what)) return;
  if (value.items.empty() || (value.items[0].kind == RawValue::Kind::text && value.items[0].text.empty())) {
    context.sink.report(value.where, fmt::format("{} in {} is empty: it must name a program", what, reader.label()));
    return;
  }
  for (const RawValue& item : value.items) {
    if (item.kind != RawValue::Kind::text) continue;
    if (item.text.find('\0') != std::string::npos) {
      context.sink.report(item.where, fmt::format("a word of {} holds a NUL character", what));
      continue;
    }
    context.check_placeholders(item, Place::target, target);
    out.push_back(item.text);
  }
}

void parse_ports(ParseContext& context, const RawValue& value, std::vector<std::string>& out) {
  const auto texts = as_texts(context.sink, value, "'ports'");
  if (!texts) return;
  for (const RawValue& item : *texts) {
    if (!is_name(item.text)) {
      context.sink.report(item.where, fmt::format("'{}' is not a name for a port", item.text),
                          "letters, digits, '-' and '_'; the number is chosen by the harness: {ports.NAME}");
    } else if (std::find(out.begin(), out.end(), item.text) != out.end()) {
      context.sink.report(item.where, fmt::format("port '{}' is listed twice", item.text));
    } else {
      out.push_back(item.text);
    }
  }
}

void check_port(ParseContext& context, const RawValue& name, const TargetSpec& target) {
  if (std::find(target.ports.begin(), target.ports.end(), name.text) != target.ports.end()) return;
  context.sink.report(
      name.where, fmt::format("target '{}' has no port '{}'", target.name, name.text),
      target.ports.empty() ? fmt::format("add it: ports = [\"{}\"]", name.text) : suggest(name.text, target.ports));
}

void parse_ready(ParseContext& context, const RawValue& value, std::size_t index, const std::string& label) {
  TargetSpec& target = context.out.targets[index];
  TableReader reader(context.sink, value, "'ready' in " + label);
  if (!reader.valid()) return;
  ReadySpec& ready = target.ready;
  ready.where = value.where;
  using Kind = ReadySpec::Kind;
  int given = 0;
  const std::vector<std::pair<const char*, Kind>> kinds = {
      {"tcp", Kind::tcp}, {"http", Kind::http}, {"grpc", Kind::grpc}, {"log", Kind::log}, {"exec", Kind::exec}};
  for (const auto& [key, kind] : kinds) {
    const RawValue* how = reader.find(key);
    if (how == nullptr) continue;
    if (++given == 2) {
      context.sink.report(how->where, fmt::format("{} has two probes; one is enough", reader.label()));
    }
    ready.kind = kind;
    if (kind == Kind::exec) {
      parse_argv(context, reader, "exec", *how, index, ready.argv);
      continue;
    }
    const std::optional<std::string> text = as_text(context.sink, *how, TableReader::quoted(key));
    if (!text) continue;
    if (kind == Kind::log) {
      if (context.regex_ok(*how)) ready.pattern = *text;
    } else {
      ready.port = *text;
      context.later([&context, how, index] { check_port(context, *how, context.out.targets[index]); });
    }
  }
  if (given == 0) {
    context.sink.report(value.where, fmt::format("{} has no probe", reader.label()),
                        "one of tcp, http, grpc = a port's name, log = a regex, exec = a command");
  }
  if (const RawValue* path = reader.find("path")) {
    reader.text("path", ready.path);
    if (!ready.path.starts_with('/')) context.sink.report(path->where, "'path' must begin with '/'");
    if (ready.kind != Kind::http) context.sink.report(path->where, "'path' goes with an http probe only");
  }
  if (const RawValue* service = reader.find("service")) {
    reader.text("service", ready.service);
    if (ready.kind != Kind::grpc) context.sink.report(service->where, "'service' goes with a grpc probe only");
  }
  reader.duration("within", ready.within, true);
  reader.finish();
}

void parse_limits(ParseContext& context, const RawValue& value, LimitsSpec& limits, const std::string& label) {
  TableReader reader(context.sink, value, "'limits' in " + label);
  limits.where = value.where;
  if (const RawValue* memory = reader.find("memory")) {
    limits.memory = as_size(context.sink, *memory, "'memory'");
    if (limits.memory == 0U) context.sink.report(memory->where, "'memory' must be more than 0");
  }
  if (const RawValue* files = reader.find("files")) {
    if (const auto count = as_integer(context.sink, *files, "'files'", 8, 1 << 20U)) {
      limits.files = static_cast<std::uint64_t>(*count);
    }
  }
  if (const RawValue* cpu = reader.find("cpu")) limits.cpu = as_number(context.sink, *cpu, "'cpu'", 0.01, 1024);
  reader.finish();
}

void parse_backoff(ParseContext& context, const RawValue& value, BackoffSpec& backoff, const std::string& label) {
  TableReader reader(context.sink, value, "'backoff' in " + label);
  reader.duration("initial", backoff.initial);
  reader.duration("max", backoff.max);
  reader.duration("reset", backoff.reset);
  if (backoff.max < backoff.initial) {
    context.sink.report(reader.where("max"), "'max' of the back-off is shorter than 'initial'");
  }
  reader.finish();
}

void parse_after(ParseContext& context, const RawValue& value, std::size_t index) {
  if (!as_texts(context.sink, value, "'after'")) return;
  for (const RawValue& item : value.items) {
    if (item.kind != RawValue::Kind::text) continue;
    context.out.targets[index].after.push_back(item.text);
    context.later([&context, item = &item] {
      if (item->text.find('/') == std::string::npos) {
        check_selector(context, item->where, item->text, AnyReplica::forbidden);
      } else {
        context.sink.report(item->where, "'after' names whole targets, not replicas");
      }
    });
  }
}

void parse_target(ParseContext& context, const RawEntry& entry) {
  const std::string label = "[targets." + entry.key + "]";
  TableReader reader(context.sink, entry.value, label);
  const std::size_t index = context.out.targets.size();
  context.out.targets.emplace_back();
  TargetSpec& target = context.out.targets.back();
  target.name = entry.key;
  target.where = entry.value.where;
  if (!is_name(entry.key)) {
    context.sink.report(entry.where, fmt::format("'{}' is not a name for a target", entry.key),
                        "letters, digits, '-' and '_'");
  }
  if (!reader.valid()) return;
  if (const RawValue* replicas = reader.find("replicas")) {
    target.replicas = static_cast<int>(as_integer(context.sink, *replicas, "'replicas'", 1, kReplicasMax).value_or(1));
  }
  if (const RawValue* after = reader.find("after")) parse_after(context, *after, index);
  if (const RawValue* command = reader.require("command")) {
    parse_argv(context, reader, "command", *command, index, target.command);
  }
  if (const RawValue* ports = reader.find("ports")) parse_ports(context, *ports, target.ports);
  if (const RawValue* env = reader.find("env"); env != nullptr && is_table(context.sink, *env, "'env' in " + label)) {
    for (const RawEntry& variable : env->entries) {
      if (!as_text(context.sink, variable.value, TableReader::quoted(variable.key))) continue;
      if (variable.key.empty() || variable.key.find_first_of(std::string("=\0", 2)) != std::string::npos) {
        context.sink.report(variable.where, fmt::format("'{}' cannot name an environment variable", variable.key));
      }
      context.check_placeholders(variable.value, Place::target, index);
      target.env.emplace(variable.key, variable.value.text);
    }
  }
  if (const RawValue* ready = reader.find("ready")) parse_ready(context, *ready, index, label);
  if (const RawValue* restart = reader.find("restart")) {
    constexpr std::array<RestartPolicy, 3> kPolicies{RestartPolicy::never, RestartPolicy::on_failure,
                                                     RestartPolicy::always};
    if (const auto choice = as_choice(context.sink, *restart, "'restart'", {"never", "on-failure", "always"})) {
      target.restart = kPolicies[*choice];
    }
  }
  if (const RawValue* backoff = reader.find("backoff")) parse_backoff(context, *backoff, target.backoff, label);
  reader.duration("grace", target.grace);
  if (const RawValue* limits = reader.find("limits")) parse_limits(context, *limits, target.limits, label);
  reader.finish();
}

/// Reports one cycle of `after`, at the first target (in file order) that is part of one.
void check_order(ParseContext& context) {
  const std::vector<TargetSpec>& targets = context.out.targets;
  const auto index_of = [&](const std::string& name) {
    return static_cast<std::size_t>(
        std::find_if(targets.begin(), targets.end(), [&](const TargetSpec& t) { return t.name == name; }) -
        targets.begin());
  };
  enum class State { fresh, open, closed };
  std::vector<State> states(targets.size(), State::fresh);
  struct Step {
    std::size_t target;
    std::size_t next = 0;
  };
  for (std::size_t root = 0; root < targets.size(); ++root) {
    if (states[root] != State::fresh) continue;
    std::vector<Step> path{{root}};
    states[root] = State::open;
    while (!path.empty()) {
      Step& step = path.back();
      const TargetSpec& target = targets[step.target];
      if (step.next == target.after.size()) {
        states[step.target] = State::closed;
        path.pop_back();
        continue;
      }
      const std::size_t next = index_of(target.after[step.next++]);
      if (next == targets.size() || states[next] == State::closed) continue;
      if (states[next] == State::fresh) {
        states[next] = State::open;
        path.push_back({next});
        continue;
      }
      std::string cycle;
      for (const Step& part : path) {
        if (!cycle.empty() || part.target == next) cycle += targets[part.target].name + " → ";
      }
      context.sink.report(target.where, "targets wait for each other: " + cycle + targets[next].name,
                          "remove one of the 'after'");
      return;
    }
  }
}

struct Endpoint {
  std::string target;
  std::string index = "0";
  std::string port;
};

std::optional<Endpoint> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) return std::nullopt;
  Endpoint endpoint{text.substr(0, colon), "0", text.substr(colon + 1)};
  if (const std::size_t slash = endpoint.target.find('/'); slash != std::string::npos) {
    endpoint.index = endpoint.target.substr(slash + 1);
    endpoint.target.resize(slash);
  }
  return endpoint;
}

void check_endpoint(ParseContext& context, const RawValue& to, const Endpoint& endpoint, std::size_t link) {
  const std::string replica = endpoint.target + '/' + endpoint.index;
  check_selector(context, to.where, replica, AnyReplica::forbidden);
  const TargetSpec* target = context.out.find_target(endpoint.target);
  if (target == nullptr) return;
  RawValue port = to;
  port.text = endpoint.port;
  check_port(context, port, *target);
  int& index = context.out.links[link].to_index;
  std::from_chars(endpoint.index.data(), endpoint.index.data() + endpoint.index.size(), index);
}

void parse_link(ParseContext& context, const RawEntry& entry) {
  TableReader reader(context.sink, entry.value, "[links." + entry.key + "]");
  const std::size_t index = context.out.links.size();
  context.out.links.emplace_back();
  LinkSpec& link = context.out.links.back();
  link.name = entry.key;
  link.where = entry.value.where;
  if (!is_name(entry.key)) {
    context.sink.report(entry.where, fmt::format("'{}' is not a name for a link", entry.key),
                        "letters, digits, '-' and '_'");
  }
  if (!reader.valid()) return;
  if (const RawValue* to = reader.require("to"); to != nullptr && as_text(context.sink, *to, "'to'")) {
    const std::optional<Endpoint> endpoint = parse_endpoint(to->text);
    if (!endpoint) {
      context.sink.report(to->where, fmt::format("'{}' is not a TARGET:PORT", to->text),
                          "write it like \"server:grpc\" or \"server/1:grpc\"");
    } else {
      link.to_target = endpoint->target;
      link.to_port = endpoint->port;
      context.later([&context, to, endpoint = *endpoint, index] { check_endpoint(context, *to, endpoint, index); });
    }
  }
  reader.finish();
}

}  // namespace

void parse_targets(ParseContext& context, const RawValue& targets) {
  if (!is_table(context.sink, targets, "[targets]")) return;
  for (const RawEntry& entry : targets.entries) parse_target(context, entry);
  context.later([&context] { check_order(context); });
}

void parse_links(ParseContext& context, const RawValue& links) {
  if (!is_table(context.sink, links, "[links]")) return;
  for (const RawEntry& entry : links.entries) parse_link(context, entry);
}

}  // namespace stormproof
