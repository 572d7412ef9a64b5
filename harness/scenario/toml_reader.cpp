#include "harness/scenario/toml_reader.h"

#include <toml++/toml.h>

#include <algorithm>

#include "harness/scenario/toml_guard.h"

namespace stormproof {

std::string_view kind_in_words(RawValue::Kind kind) {
  switch (kind) {
    case RawValue::Kind::table: return "a table";
    case RawValue::Kind::array: return "a list";
    case RawValue::Kind::text: return "text";
    case RawValue::Kind::integer: return "a whole number";
    case RawValue::Kind::number: return "a number";
    case RawValue::Kind::boolean: return "true or false";
    case RawValue::Kind::date: return "a date";
  }
  return "?";
}

namespace {

SourceRange range_of(const toml::source_region& region) {
  return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column), static_cast<int>(region.end.line),
          static_cast<int>(region.end.column)};
}

RawValue convert(const toml::node& node) {
  RawValue value;
  value.where = range_of(node.source());
  if (const toml::table* table = node.as_table()) {
    value.kind = RawValue::Kind::table;
    for (const auto& [key, entry] : *table) {
      value.entries.push_back({std::string(key.str()), range_of(key.source()), convert(entry)});
    }
    // toml++ iterates in alphabetical order.
    std::stable_sort(value.entries.begin(), value.entries.end(), [](const RawEntry& a, const RawEntry& b) {
      return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
    });
  } else if (const toml::array* array = node.as_array()) {
    value.kind = RawValue::Kind::array;
    for (const toml::node& item : *array) value.items.push_back(convert(item));
  } else if (const auto* text = node.as_string()) {
    value.kind = RawValue::Kind::text;
    value.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.kind = RawValue::Kind::integer;
    value.integer = integer->get();
  } else if (const auto* number = node.as_floating_point()) {
    value.kind = RawValue::Kind::number;
    value.number = number->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.kind = RawValue::Kind::boolean;
    value.boolean = boolean->get();
  } else {
    value.kind = RawValue::Kind::date;
  }
  return value;
}

}  // namespace

std::optional<RawValue> read_toml(std::string_view text, DiagnosticSink& sink) {
  if (!guard_toml(text, sink)) return std::nullopt;
  try {
    const toml::table root = toml::parse(text, std::string_view("scenario"));
    return convert(root);
  } catch (const toml::parse_error& failure) {
    SourceRange where = range_of(failure.source());
    if (where.end_line == 0) where.end_line = where.line;
    std::string description(failure.description());
    if (constexpr std::string_view kPrefix = "Error "; description.starts_with(kPrefix)) {
      description.erase(0, kPrefix.size());
    }
    sink.report(where, "syntax error " + description);
  } catch (const std::exception& failure) {
    sink.report({}, std::string("cannot read the TOML: ") + failure.what());
  }
  return std::nullopt;
}

}  // namespace stormproof
