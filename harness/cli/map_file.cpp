#include "harness/cli/map_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "harness/base/text.h"
#include "harness/scenario/toml_reader.h"

namespace stormproof {

namespace {

/// One `name = value`; a table has no value.
struct Entry {
  std::string section;  ///< "" at the top
  std::string name;
  std::optional<std::string> value;  ///< nullopt: not a text
  std::string place;                 ///< "map.toml:3:1", "map.json"
};

class Interpreter {
 public:
  void take(const Entry& entry) {
    if (!entry.value) return wrong(entry, fmt::format("'{}' is not a text", entry.name));
    if (entry.section.empty()) return top(entry);
    if (entry.section == "types") {
      if (!is_type_word(*entry.value)) {
        return wrong(entry, fmt::format("unknown type '{}'", printable(*entry.value)), *entry.value, type_words());
      }
      out_.map.types[entry.name] = *entry.value;
      return;
    }
    const auto field = std::find(kFieldNames.begin(), kFieldNames.end(), entry.name);
    if (field == kFieldNames.end()) {
      return wrong(entry, fmt::format("unknown field '{}'", printable(entry.name)), entry.name,
                   {kFieldNames.begin(), kFieldNames.end()});
    }
    const auto which = static_cast<Field>(field - kFieldNames.begin());
    (entry.section == "fields" ? out_.map.fields : out_.map.constants)[which] = *entry.value;
  }

  void section(const Entry& entry) {
    const std::vector<std::string> known{"fields", "types", "constants"};
    if (std::find(known.begin(), known.end(), entry.name) != known.end()) return;
    wrong(entry, fmt::format("unknown table '{}'", printable(entry.name)), entry.name, known);
  }

  void wrong(const Entry& entry, const std::string& what) { mistakes_.push_back(entry.place + ": " + what); }

  Result<MapFile> finish() {
    if (mistakes_.empty()) return std::move(out_);
    return usage_error(join(mistakes_, "\n"), "`stormproof check --help` and the README show a map");
  }

 private:
  static std::vector<std::string> type_words() {
    return {"invoke", "ok", "fail", "info", "effect", "send", "stage", "ignore", "inject", "heal", "process", "note"};
  }

  void wrong(const Entry& entry, const std::string& what, const std::string& word,
             const std::vector<std::string>& known) {
    const std::string near = nearest(word, known);
    wrong(entry, what + (near.empty() ? "; known: " + join(known, ", ") : "; did you mean '" + near + "'?"));
  }

  void top(const Entry& entry) {
    if (entry.name == "format") {
      const auto format = format_from(*entry.value);
      if (!format || (*format != HistoryFormat::csv && *format != HistoryFormat::json)) {
        return wrong(entry, fmt::format("a map is for csv or json, not for '{}'", printable(*entry.value)));
      }
      out_.format = *format;
    } else if (entry.name == "time") {
      const std::vector<std::string> units{"s", "ms", "us", "ns"};
      const auto unit = std::find(units.begin(), units.end(), *entry.value);
      if (unit == units.end())
        return wrong(entry, fmt::format("unknown unit '{}'", printable(*entry.value)), *entry.value, units);
      out_.map.time_unit = static_cast<TimeUnit>(unit - units.begin());
    } else if (entry.name == "separator") {
      if (entry.value->size() != 1 || *entry.value == "\"") return wrong(entry, "a separator is one character");
      out_.map.separator = entry.value->front();
    } else {
      wrong(entry, fmt::format("unknown key '{}'", printable(entry.name)), entry.name,
            {"format", "time", "separator", "fields", "types", "constants"});
    }
  }

  MapFile out_;
  std::vector<std::string> mistakes_;
};

std::string place_of(const std::string& path, const SourceRange& where) {
  return where.known() ? fmt::format("{}:{}:{}", path, where.line, where.column) : path;
}

std::optional<std::string> text_of(const RawValue& value) {
  return value.kind == RawValue::Kind::text ? std::optional(value.text) : std::nullopt;
}

void take_toml(const std::string& path, const RawValue& root, Interpreter& interpreter) {
  for (const RawEntry& entry : root.entries) {
    const Entry at{"", entry.key, text_of(entry.value), place_of(path, entry.where)};
    if (entry.value.kind != RawValue::Kind::table) {
      interpreter.take(at);
      continue;
    }
    interpreter.section(at);
    if (entry.key != "fields" && entry.key != "types" && entry.key != "constants") continue;
    for (const RawEntry& inner : entry.value.entries) {
      interpreter.take({entry.key, inner.key, text_of(inner.value), place_of(path, inner.where)});
    }
  }
}

void take_json(const std::string& path, const nlohmann::json& root, Interpreter& interpreter) {
  const auto text = [](const nlohmann::json& value) {
    return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
  };
  for (const auto& [key, value] : root.items()) {
    const Entry at{"", key, text(value), path};
    if (!value.is_object()) {
      interpreter.take(at);
      continue;
    }
    interpreter.section(at);
    if (key != "fields" && key != "types" && key != "constants") continue;
    for (const auto& [name, inner] : value.items()) interpreter.take({key, name, text(inner), path});
  }
}

}  // namespace

Result<MapFile> parse_map(const std::string& path, std::string_view text) {
  Interpreter interpreter;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return usage_error(path + " is not valid JSON", "a map is TOML or a JSON object");
    take_json(path, json, interpreter);
    return interpreter.finish();
  }
  DiagnosticSink sink;
  const auto root = read_toml(text, sink);
  for (const Diagnostic& diagnostic : sink.take()) {
    interpreter.wrong({"", "", {}, place_of(path, diagnostic.where)}, diagnostic.message);
  }
  if (root) take_toml(path, *root, interpreter);
  return interpreter.finish();
}

Result<MapFile> read_map(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file && text.empty() && !file.eof()) {
    return usage_error(fmt::format("cannot read the map {}: {}", path, std::strerror(errno)), "--map takes a file");
  }
  return parse_map(path, text);
}

}  // namespace stormproof
