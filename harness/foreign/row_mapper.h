/// Named fields of a foreign record, made an event.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "harness/foreign/field_map.h"
#include "harness/foreign/line_source.h"

namespace stormproof {

/// The values of a record by our fields; "" where it has none.
using FieldValues = std::array<std::string_view, kFields>;

class RowMapper {
 public:
  explicit RowMapper(FieldMap map) : map_(std::move(map)) {}

  const FieldMap& map() const { return map_; }
  /// The names under which a field is looked for, the first one present counts.
  std::vector<std::string> names_of(Field field) const;
  /// Adds the events of a record to `out`. Returns "" or what is wrong with it.
  std::string add(FieldValues values, Yield& out) const;

 private:
  std::string fill(const FieldValues& values, EventView& event, Yield& out) const;
  std::string_view meaning(std::string_view type) const;

  FieldMap map_;
};

/// Within 140 years of 1970 or of the start: differences of two such times do not overflow.
constexpr bool sane_time(Nanos t) {
  constexpr Nanos kMost{4'500'000'000'000'000'000};
  return t <= kMost && t >= -kMost;
}

/// "1700000000.25", "2026-11-20T22:13:58.123Z" (also with a space, and with +01:00). Dates are counted from 1970.
std::optional<Nanos> parse_time(std::string_view text, TimeUnit unit);

}  // namespace stormproof
