/// JSON lines of other programs, one object a line, understood through a FieldMap; with an empty one it reads ours too.
#pragma once

#include "harness/foreign/row_mapper.h"

namespace stormproof {

/// The value at a dotted path below the object's text, as text; nullopt when it is not there, null, or no plain value.
/// `keep` keeps unescaped text.
std::optional<std::string_view> json_at(std::string_view object, std::string_view path, Yield& keep);

class JsonReader final : public LineSource {
 public:
  JsonReader(ByteWindow in, std::string name, FieldMap map);

 protected:
  std::string parse(std::string_view line, Yield& out) override;

 private:
  RowMapper mapper_;
  std::array<std::vector<std::string>, kFields> names_;
};

/// The top-level members of one object, values as text; nested ones as written. False when it is no JSON object.
struct JsonMember {
  std::string_view name;
  std::string_view value;
  bool nested = false;
  bool null = false;
};
bool json_members(std::string_view object, std::vector<JsonMember>& members, Yield& keep);

}  // namespace stormproof
