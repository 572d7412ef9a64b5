/// JSON as Go's encoding/json sees it: what clients of Toxiproxy rely on. Numbers keep their text, because 100.0 is no
/// integer there; entries keep their order; names of fields are found whatever their case; of several values in a body
/// only the first is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace stormproof {

struct JsonEntry;

struct JsonValue {
  enum class Kind { null, boolean, number, text, array, object };

  JsonValue() = default;
  explicit JsonValue(Kind which);

  Kind kind = Kind::null;
  bool boolean = false;
  std::string text;  ///< of a text; of a number as it was written
  std::vector<JsonValue> items;
  std::vector<JsonEntry> entries;
  int line = 0;  ///< where it stands, if known

  bool is_null() const { return kind == Kind::null; }
  /// The last entry of that name in any case, as Go decodes into a struct; nullptr when absent.
  const JsonValue* find(std::string_view name) const;
};

struct JsonEntry {
  std::string name;
  JsonValue value;
};

// Here, where JsonEntry is whole.
inline JsonValue::JsonValue(Kind which) : kind(which) {}

/// Deeper nesting and more values than these are errors: memory stays bounded whatever a body holds.
constexpr std::size_t kJsonDepthMax = 64;
constexpr std::size_t kJsonValuesMax = 200'000;

/// The first value of `text`. The error is Go's where Go's is short: "EOF" for no value at all.
Result<JsonValue> parse_json(std::string_view text);

/// "string", "array", ...: as Go names it in its errors.
std::string_view go_kind(const JsonValue& value);

/// A number that fits, written without decimals or exponent. nullopt for all else.
std::optional<std::int64_t> as_int64(const JsonValue& value);
/// A finite number; nullopt for all else.
std::optional<double> as_double(const JsonValue& value);

/// Appends `text` as Go writes it: quoted, with <, >, & and what JSON demands escaped.
void append_go_string(std::string& json, std::string_view text);
/// As Go prints a float32: the shortest digits that read back the same, no exponent between 1e-6 and 1e21.
std::string go_float32(float value);

}  // namespace stormproof
