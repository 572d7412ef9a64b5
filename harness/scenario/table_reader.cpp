#include "harness/scenario/table_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "harness/base/text.h"
#include "harness/base/units.h"

namespace stormproof {

using Kind = RawValue::Kind;

bool is_name(std::string_view word) {
  constexpr std::size_t kLongest = 64;
  return !word.empty() && word.size() <= kLongest && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void wrong_type(DiagnosticSink& sink, const RawValue& value, const std::string& what, std::string_view expected,
                std::string suggestion) {
  sink.report(value.where, fmt::format("{} must be {}, not {}", what, expected, kind_in_words(value.kind)),
              std::move(suggestion));
}

bool is_table(DiagnosticSink& sink, const RawValue& value, const std::string& what) {
  if (value.kind == Kind::table) return true;
  wrong_type(sink, value, what, "a table");
  return false;
}

std::optional<std::string> as_text(DiagnosticSink& sink, const RawValue& value, const std::string& what) {
  if (value.kind == Kind::text) return value.text;
  wrong_type(sink, value, what, "text",
             value.kind == Kind::array || value.kind == Kind::table ? "" : "write it in quotes");
  return std::nullopt;
}

std::optional<bool> as_boolean(DiagnosticSink& sink, const RawValue& value, const std::string& what) {
  if (value.kind == Kind::boolean) return value.boolean;
  if (value.flexible && (value.text == "true" || value.text == "false")) return value.text == "true";
  wrong_type(sink, value, what, "true or false");
  return std::nullopt;
}

namespace {
template <class T>
std::optional<T> number_in(const RawValue& value) {
  T number{};
  if (!value.flexible) return std::nullopt;
  const char* end = value.text.data() + value.text.size();
  const auto [stop, failure] = std::from_chars(value.text.data(), end, number);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return number;
}

/// Text of a quantity, or a report that a bare number lacks its unit.
std::optional<std::string> quantity(DiagnosticSink& sink, const RawValue& value, const std::string& what,
                                    std::string_view expected, const char* small, const char* large) {
  if (value.kind == Kind::text) return value.text;
  if (value.kind == Kind::integer || value.kind == Kind::number) {
    const std::string number =
        value.kind == Kind::integer ? fmt::format("{}", value.integer) : fmt::format("{}", value.number);
    sink.report(value.where, fmt::format("{} is {}, it needs a unit", what, expected),
                fmt::format("write \"{}{}\" or \"{}{}\"", number, small, number, large));
  } else {
    wrong_type(sink, value, what, fmt::format("{} in quotes", expected));
  }
  return std::nullopt;
}

template <class T, class Parse>
std::optional<T> parse_quantity(DiagnosticSink& sink, const RawValue& value, const std::string& what,
                                const std::optional<std::string>& text, Parse parse) {
  if (!text) return std::nullopt;
  Result<T> parsed = parse(*text);
  if (parsed) return *parsed;
  sink.report(value.where, fmt::format("{}: {}", what, parsed.error().message), parsed.error().hint);
  return std::nullopt;
}
}  // namespace

std::optional<std::int64_t> as_integer(DiagnosticSink& sink, const RawValue& value, const std::string& what,
                                       std::int64_t low, std::int64_t high) {
  std::optional<std::int64_t> number =
      value.kind == Kind::integer ? std::optional(value.integer) : number_in<std::int64_t>(value);
  if (!number) {
    wrong_type(sink, value, what, "a whole number");
    return std::nullopt;
  }
  if (*number >= low && *number <= high) return number;
  constexpr std::int64_t kNoLimit = 1'000'000'000'000'000;
  sink.report(value.where, high >= kNoLimit && *number < low
                               ? fmt::format("{} must be at least {}, not {}", what, low, *number)
                               : fmt::format("{} must be between {} and {}, not {}", what, low, high, *number));
  return std::nullopt;
}

std::optional<double> as_number(DiagnosticSink& sink, const RawValue& value, const std::string& what, double low,
                                double high) {
  std::optional<double> number = value.kind == Kind::number    ? std::optional(value.number)
                                 : value.kind == Kind::integer ? std::optional(static_cast<double>(value.integer))
                                                               : number_in<double>(value);
  if (!number || !std::isfinite(*number)) {
    wrong_type(sink, value, what, "a finite number");
    return std::nullopt;
  }
  if (*number >= low && *number <= high) return number;
  sink.report(value.where, fmt::format("{} must be between {} and {}, not {}", what, low, high, *number));
  return std::nullopt;
}

std::optional<Nanos> as_duration(DiagnosticSink& sink, const RawValue& value, const std::string& what) {
  return parse_quantity<Nanos>(sink, value, what, quantity(sink, value, what, "a duration", "ms", "s"), parse_duration);
}

std::optional<std::uint64_t> as_size(DiagnosticSink& sink, const RawValue& value, const std::string& what) {
  return parse_quantity<std::uint64_t>(sink, value, what, quantity(sink, value, what, "a size", "B", "KiB"),
                                       parse_size);
}

std::optional<std::uint64_t> as_rate(DiagnosticSink& sink, const RawValue& value, const std::string& what) {
  return parse_quantity<std::uint64_t>(sink, value, what, quantity(sink, value, what, "a rate", "Kbit/s", "Mbit/s"),
                                       parse_rate);
}

std::optional<std::size_t> as_choice(DiagnosticSink& sink, const RawValue& value, const std::string& what,
                                     const std::vector<std::string>& words) {
  const std::optional<std::string> text = as_text(sink, value, what);
  if (!text) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string near = nearest(*text, words);
  sink.report(value.where, fmt::format("{} must be one of {}, not '{}'", what, join(words, ", "), *text),
              near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  return std::nullopt;
}

std::optional<std::vector<RawValue>> as_texts(DiagnosticSink& sink, const RawValue& value, const std::string& what) {
  if (value.kind != Kind::array) {
    wrong_type(sink, value, what, "a list of texts",
               value.kind == Kind::text && !value.text.empty() ? "write it in brackets: [\"…\"]" : "");
    return std::nullopt;
  }
  std::vector<RawValue> texts;
  for (const RawValue& item : value.items) {
    if (as_text(sink, item, "each item of " + what)) texts.push_back(item);
  }
  return texts;
}

std::optional<std::string> as_scalar(DiagnosticSink& sink, const RawValue& value, const std::string& what) {
  switch (value.kind) {
    case Kind::text: return value.text;
    case Kind::integer: return fmt::format("{}", value.integer);
    case Kind::number: return fmt::format("{}", value.number);
    case Kind::boolean: return value.boolean ? "true" : "false";
    default: wrong_type(sink, value, what, "text, a number, true or false"); return std::nullopt;
  }
}

TableReader::TableReader(DiagnosticSink& sink, const RawValue& table, std::string label)
    : sink_(sink), table_(table), label_(std::move(label)), valid_(is_table(sink, table, label_)) {}

void TableReader::known(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
}

const RawValue* TableReader::find(std::string_view key) {
  known(key);
  const RawEntry* entry = table_.find(key);
  return entry == nullptr ? nullptr : &entry->value;
}

const RawValue* TableReader::require(std::string_view key) {
  const RawValue* value = find(key);
  if (value == nullptr && valid_) {
    sink_.report(table_.where, fmt::format("missing required key '{}' in {}", key, label_));
  }
  return value;
}

SourceRange TableReader::where(std::string_view key) const {
  const RawEntry* entry = table_.find(key);
  return entry == nullptr ? table_.where : entry->value.where;
}

void TableReader::text(std::string_view key, std::string& out) {
  if (const RawValue* value = find(key)) {
    if (std::optional<std::string> text = as_text(sink_, *value, quoted(key))) out = std::move(*text);
  }
}

void TableReader::duration(std::string_view key, Nanos& out, bool positive) {
  const RawValue* value = find(key);
  if (value == nullptr) return;
  const std::optional<Nanos> parsed = as_duration(sink_, *value, quoted(key));
  if (!parsed) return;
  if (positive && parsed->count() == 0) {
    sink_.report(value->where, fmt::format("'{}' must be longer than 0", key));
    return;
  }
  out = *parsed;
}

void TableReader::finish() {
  for (const RawEntry& entry : table_.entries) {
    if (sink_.full()) return;
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    std::vector<std::string> candidates = known_;
    std::sort(candidates.begin(), candidates.end());
    sink_.report(entry.where, fmt::format("unknown key '{}' in {}", entry.key, label_), suggest(entry.key, candidates));
  }
}

}  // namespace stormproof
