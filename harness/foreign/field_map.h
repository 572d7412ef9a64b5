/// How to understand the fields of a foreign record. Plain values; `check --map` fills them from a file.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace stormproof {

/// The fields of an event. Those from `offset` on become words of its detail ("offset=12").
enum class Field : std::uint8_t {
  t,
  type,
  op,
  id,
  key,
  seq,
  digest,
  by,
  detail,
  offset,
  group,
  connection,
  attempt,
  add,
  witness,
  stage,
};
constexpr std::size_t kFields = 16;
constexpr std::array<std::string_view, kFields> kFieldNames{
    "t",      "type",   "op",    "id",         "key",     "seq", "digest",  "by",
    "detail", "offset", "group", "connection", "attempt", "add", "witness", "stage"};

enum class TimeUnit : std::uint8_t { s, ms, us, ns };

struct FieldMap {
  /// Our field -> theirs: a column of CSV, a key of JSON ("payload.order.id" reaches into objects). Ours without an
  /// entry are looked for under their own names and the usual others (time, timestamp, event, message_id, ...).
  std::map<Field, std::string> fields;
  /// Our field -> the value it has in every record.
  std::map<Field, std::string> constants;
  /// A value of their type field -> an event type of ours, "send" (invoke and ok at once), "stage" or "ignore".
  std::map<std::string, std::string, std::less<>> types;
  TimeUnit time_unit = TimeUnit::s;
  char separator = '\0';  ///< CSV; '\0': found by looking at the header
};

/// The words a `types` entry may map to.
bool is_type_word(std::string_view word);

}  // namespace stormproof
