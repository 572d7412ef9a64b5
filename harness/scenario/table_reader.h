/// Typed reading of raw values: every mistake becomes a diagnostic, keys are consumed and leftovers reported.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/scenario/diagnostic.h"
#include "harness/scenario/raw_value.h"

namespace stormproof {

/// The names people may give to targets, links, witnesses, params and ports: letters, digits, '-' and '_'.
bool is_name(std::string_view word);

/// Each as_* returns nothing after having reported why. `what` names the value in messages: "'timeout'".
std::optional<std::string> as_text(DiagnosticSink& sink, const RawValue& value, const std::string& what);
std::optional<bool> as_boolean(DiagnosticSink& sink, const RawValue& value, const std::string& what);
std::optional<std::int64_t> as_integer(DiagnosticSink& sink, const RawValue& value, const std::string& what,
                                       std::int64_t low, std::int64_t high);
std::optional<double> as_number(DiagnosticSink& sink, const RawValue& value, const std::string& what, double low,
                                double high);
std::optional<Nanos> as_duration(DiagnosticSink& sink, const RawValue& value, const std::string& what);
std::optional<std::uint64_t> as_size(DiagnosticSink& sink, const RawValue& value, const std::string& what);
std::optional<std::uint64_t> as_rate(DiagnosticSink& sink, const RawValue& value, const std::string& what);
/// Index into `words`.
std::optional<std::size_t> as_choice(DiagnosticSink& sink, const RawValue& value, const std::string& what,
                                     const std::vector<std::string>& words);
/// The items of a list that are texts, with their places.
std::optional<std::vector<RawValue>> as_texts(DiagnosticSink& sink, const RawValue& value, const std::string& what);
/// A scalar as it would be written without quotes: for params and matrix values.
std::optional<std::string> as_scalar(DiagnosticSink& sink, const RawValue& value, const std::string& what);
/// Reports and returns false when the value is not a table.
bool is_table(DiagnosticSink& sink, const RawValue& value, const std::string& what);

/// Reports "WHAT must be EXPECTED, not ...".
void wrong_type(DiagnosticSink& sink, const RawValue& value, const std::string& what, std::string_view expected,
                std::string suggestion = {});

class TableReader {
 public:
  /// `label` names the table in messages: "[targets.server]". A value that is not a table is reported and read as an
  /// empty one.
  TableReader(DiagnosticSink& sink, const RawValue& table, std::string label);

  /// The value of a key, or nullptr. The key counts as known from now on.
  const RawValue* find(std::string_view key);
  /// The same; a missing key is reported.
  const RawValue* require(std::string_view key);
  /// Place of a key, or of the table when it has none.
  SourceRange where(std::string_view key) const;
  /// "'KEY'"
  static std::string quoted(std::string_view key) { return "'" + std::string(key) + "'"; }

  void text(std::string_view key, std::string& out);
  void duration(std::string_view key, Nanos& out, bool positive = false);

  /// Makes a key known that is not there, or whose value is read elsewhere.
  void known(std::string_view key);
  /// Reports every key nobody asked for. Without the call nothing is reported (the table is of an unknown kind).
  void finish();

  DiagnosticSink& sink() { return sink_; }
  const std::string& label() const { return label_; }
  bool valid() const { return valid_; }
  const RawValue& table() const { return table_; }

 private:
  DiagnosticSink& sink_;
  const RawValue& table_;
  std::string label_;
  bool valid_;
  std::vector<std::string> known_;
};

}  // namespace stormproof
