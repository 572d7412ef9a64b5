/// What can be written in a scenario, for people: generated from the same descriptions the parser uses.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/api/kind_info.h"

namespace stormproof {

/// One key of a table of the scenario itself (kinds describe their own).
struct KeyDoc {
  std::string_view key;
  std::string_view type;
  std::string_view fallback;  ///< "" for none, "required"
  std::string_view help;
};

struct TableDoc {
  std::string_view title;  ///< "[targets.NAME]"
  std::string_view intro;
  std::span<const KeyDoc> keys;
};

/// Every table and key the parser knows; a test compares them.
std::span<const TableDoc> table_docs();
/// Every placeholder, and where it may stand.
std::span<const KeyDoc> placeholder_docs();

/// scenarios/REFERENCE.md.
std::string reference_markdown(const Kinds& kinds);

/// For `stormproof list`: one kind a line, with `verbose` its parameters below it. `family`: faults, sources, witnesses
/// or invariants; "" for any other word.
std::string list_kinds(const Kinds& kinds, std::string_view family, bool verbose);

}  // namespace stormproof
