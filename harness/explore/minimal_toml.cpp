#include "harness/explore/minimal_toml.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "harness/base/units.h"
#include "harness/explore/toml_statements.h"
#include "harness/model/param_text.h"
#include "harness/model/trigger_text.h"

namespace stormproof {

namespace {

using Kind = TomlStatement::Kind;

const FaultKindInfo* find_kind(std::span<const FaultKindInfo* const> kinds, const std::string& name) {
  for (const FaultKindInfo* kind : kinds) {
    if (kind->name == name) return kind;
  }
  return nullptr;
}

bool is_bare(ParamType type) {
  return type == ParamType::boolean || type == ParamType::integer || type == ParamType::number ||
         type == ParamType::probability;
}

std::string param_lines(const FaultSpec& fault, const FaultKindInfo& kind) {
  std::string out;
  for (const ParamSpec& spec : kind.params) {
    if (!fault.params.has(spec.name)) continue;
    const std::string text = print_param(spec, fault.params.entries().find(spec.name)->second.value);
    if (!spec.required && text == spec.fallback) continue;
    out += fmt::format("{} = {}\n", spec.name, is_bare(spec.type) ? text : toml_quoted(text));
  }
  return out;
}

/// "matrix" of "matrix.level" and of "matrix".
std::string first_part(const std::string& name) { return name.substr(0, name.find('.')); }

bool replaced(const TomlStatement& statement) {
  static constexpr std::array<std::string_view, 5> kSections{"faults", "matrix", "expect", "explore", "found"};
  static constexpr std::array<std::string_view, 3> kHead{"name", "description", "seed"};
  const std::string part = first_part(statement.section);
  if (std::find(kSections.begin(), kSections.end(), part) != kSections.end()) return true;
  if (statement.kind != Kind::assignment || !statement.section.empty()) return false;
  const std::string key = first_part(statement.key);
  return std::find(kSections.begin(), kSections.end(), key) != kSections.end() ||
         std::find(kHead.begin(), kHead.end(), key) != kHead.end();
}

/// The value of a one-line assignment, without quotes and comment; only compared.
std::string plain_value(const std::string& text) {
  std::size_t at = text.find('=') + 1;
  at = text.find_first_not_of(" \t", at);
  if (at == std::string::npos) return {};
  if (text[at] == '"' || text[at] == '\'') return text.substr(at + 1, text.find(text[at], at + 1) - at - 1);
  return text.substr(at, text.find_first_of(" \t#\r\n", at) - at);
}

std::string assign(const TomlStatement& statement, const std::string& value) {
  return statement.text.substr(0, statement.text.find('=') + 1) + " " + value + "\n";
}

std::string rewritten(const TomlStatement& statement, const Scenario& base, const Schedule& schedule) {
  if (statement.kind != Kind::assignment) return statement.text;
  if (statement.section == "params") {
    const auto value = base.params.find(statement.key);
    if (value != base.params.end() && value->second != plain_value(statement.text)) {
      return assign(statement, toml_quoted(value->second));
    }
  }
  const auto workload = workload_of(base);
  if (statement.section == "source" && workload && schedule.messages > 0 && statement.key == workload->param) {
    return assign(statement, std::to_string(schedule.messages));
  }
  return statement.text;
}

std::string head(const MinimalNotes& notes) {
  std::string out;
  for (const std::string& comment : notes.comments) out += "# " + comment + '\n';
  out += fmt::format("name        = {}\n", toml_quoted(notes.name));
  return out + fmt::format("description = {}\n", toml_quoted(notes.description));
}

std::string with_absolute_here(std::string text, const std::string& file) {
  std::error_code unknown;
  const std::string here = std::filesystem::absolute(file, unknown).parent_path().string();
  constexpr std::string_view kHere = "{here}";
  for (std::size_t at = text.find(kHere); at != std::string::npos; at = text.find(kHere, at + here.size())) {
    text.replace(at, kHere.size(), here);
  }
  return text;
}

}  // namespace

bool can_lower_messages(const std::string& text, const Scenario& base) {
  const auto workload = workload_of(base);
  const auto statements = toml_statements(text);
  return workload && std::any_of(statements.begin(), statements.end(), [&](const TomlStatement& statement) {
           return statement.section == "source" && statement.key == workload->param;
         });
}

std::string faults_toml(const Schedule& schedule, std::span<const FaultKindInfo* const> kinds) {
  std::string out;
  for (const FaultSpec& fault : schedule.faults) {
    const FaultKindInfo* kind = find_kind(kinds, fault.kind);
    if (kind != nullptr) out += fmt::format("# {}\n", kind->summary);
    out += fmt::format("[[faults]]\nkind = {}\n", toml_quoted(fault.kind));
    if (!fault.target.empty()) out += fmt::format("target = {}\n", toml_quoted(fault.target));
    if (!fault.link.empty()) out += fmt::format("link = {}\n", toml_quoted(fault.link));
    if (fault.direction != Direction::both) out += fmt::format("direction = \"{}\"\n", to_string(fault.direction));
    if (kind != nullptr) out += param_lines(fault, *kind);
    out += fmt::format("when = {{ {} }}\n", print_trigger(fault.when));
    if (fault.lasts) out += fmt::format("for = \"{}\"\n", print_duration(*fault.lasts));
    if (fault.restart) out += fmt::format("restart = \"{}\"\n", print_duration(*fault.restart));
    out += '\n';
  }
  return out;
}

Schedule with_plain_names(const Schedule& schedule) {
  Schedule plain = schedule;
  std::map<std::string, std::string> names;
  std::map<std::string, int> used;
  for (FaultSpec& fault : plain.faults) {
    const int number = ++used[fault.kind];
    std::string name = number == 1 ? fault.kind : fmt::format("{}-{}", fault.kind, number);
    names[fault.name] = name;
    fault.name = std::move(name);
  }
  for (FaultSpec& fault : plain.faults) {
    if (fault.when.kind == TriggerSpec::Kind::after) fault.when.fault = names[fault.when.fault];
  }
  return plain;
}

std::string minimal_toml(const std::string& text, const Scenario& base, const Schedule& schedule,
                         std::span<const FaultKindInfo* const> kinds, const MinimalNotes& notes) {
  std::string body;
  for (const TomlStatement& statement : toml_statements(text)) {
    if (!replaced(statement)) body += rewritten(statement, base, schedule);
  }
  body.erase(0, body.find_first_not_of('\n'));
  while (body.ends_with("\n\n")) body.pop_back();
  if (!body.empty() && body.back() != '\n') body += '\n';
  std::string out = head(notes) + with_absolute_here(std::move(body), base.file) + '\n';
  out += faults_toml(with_plain_names(schedule), kinds);
  return out + fmt::format("[found]\nanomaly = {}\nreproduces = \"{}/{}\"\n", toml_quoted(notes.anomaly),
                           notes.reproduced, notes.repeated);
}

}  // namespace stormproof
