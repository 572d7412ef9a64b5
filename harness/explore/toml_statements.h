/// A TOML file as its statements, for rewriting some of them and keeping the rest as it stands. It finds where
/// statements begin and end and understands no values; the file is known to be valid.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stormproof {

struct TomlStatement {
  enum class Kind { header, assignment, other };  ///< other: comments and empty lines
  Kind kind = Kind::other;
  std::string section;  ///< "targets.client", "" before the first header; of a header its own name
  std::string key;      ///< of an assignment, as written: "level", "a.b"
  std::string text;     ///< all its lines, with their ends
};

std::vector<TomlStatement> toml_statements(std::string_view text);

}  // namespace stormproof
