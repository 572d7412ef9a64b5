/// Texts with {id} {key} {seq} {payload} {digest}, filled in for each message; also written ${id}, as other tools do.
/// Other braces stay as they are: JSON needs no escaping. Names that do not exist were refused when the scenario was
/// read (SourceKindInfo::message_values).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/sources/workload.h"

namespace stormproof::sources {

/// In the order of Template::Field.
inline constexpr std::array<std::string_view, 5> kMessageValues = {"id", "key", "seq", "payload", "digest"};

class Template {
 public:
  Template() = default;
  explicit Template(std::string_view text);
  std::string render(const Message& message) const;

 private:
  enum class Field { id, key, seq, payload, digest };
  struct Part {
    std::string literal;  ///< stands before the field
    Field field;
  };
  std::vector<Part> parts_;
  std::string tail_;
};

}  // namespace stormproof::sources
