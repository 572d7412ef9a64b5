/// TOML as a tree of values that know where they stand; entries of tables in file order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/source_range.h"

namespace stormproof {

struct RawEntry;

struct RawValue {
  enum class Kind { table, array, text, integer, number, boolean, date };
  Kind kind = Kind::table;
  SourceRange where;
  std::string text;
  std::int64_t integer = 0;
  double number = 0;
  bool boolean = false;
  bool flexible = false;  ///< a text that was wholly one {params.X}: takes the type that is needed
  std::vector<RawEntry> entries;
  std::vector<RawValue> items;

  const RawEntry* find(std::string_view key) const;
};

struct RawEntry {
  std::string key;
  SourceRange where;  ///< of the key
  RawValue value;
};

inline const RawEntry* RawValue::find(std::string_view key) const {
  for (const RawEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

/// "text", "a whole number", "a table", ...
std::string_view kind_in_words(RawValue::Kind kind);

}  // namespace stormproof
