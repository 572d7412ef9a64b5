#include "harness/foreign/json_reader.h"

#include "harness/base/text.h"
#include "harness/history/json_scanner.h"

namespace stormproof {

namespace {
using Kind = JsonScanner::Kind;

/// Unescaped text goes to `keep`, so that it survives the scanner's storage.
std::string_view kept(std::string_view text, const std::string& storage, Yield& keep) {
  const bool borrowed = text.data() >= storage.data() && text.data() < storage.data() + storage.size();
  return borrowed ? keep.keep(std::string(text)) : text;
}
}  // namespace

bool json_members(std::string_view object, std::vector<JsonMember>& members, Yield& keep) {
  members.clear();
  JsonScanner scanner(object);
  std::string storage;
  storage.reserve(object.size() + 16);
  if (!scanner.take('{')) return false;
  if (scanner.take('}')) return scanner.at_end();
  do {
    JsonMember member;
    if (!scanner.string(member.name, storage) || !scanner.take(':')) return false;
    const Kind kind = scanner.value(member.value, storage);
    if (kind == Kind::bad) return false;
    member.nested = kind == Kind::nested;
    member.null = kind == Kind::literal && member.value == "null";
    member.name = kept(member.name, storage, keep);
    member.value = kept(member.value, storage, keep);
    members.push_back(member);
  } while (scanner.take(','));
  return scanner.take('}') && scanner.at_end();
}

std::optional<std::string_view> json_at(std::string_view object, std::string_view path, Yield& keep) {
  std::vector<JsonMember> members;
  if (!json_members(object, members, keep)) return std::nullopt;
  for (const JsonMember& member : members) {
    if (member.name == path) {
      return member.null || member.nested ? std::nullopt : std::optional(member.value);
    }
  }
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  for (const JsonMember& member : members) {
    if (member.nested && member.name == path.substr(0, dot)) return json_at(member.value, path.substr(dot + 1), keep);
  }
  return std::nullopt;
}

JsonReader::JsonReader(ByteWindow in, std::string name, FieldMap map)
    : LineSource(std::move(in), std::move(name)), mapper_(std::move(map)) {
  for (std::size_t i = 0; i < kFields; ++i) names_[i] = mapper_.names_of(static_cast<Field>(i));
}

std::string JsonReader::parse(std::string_view line, Yield& out) {
  std::vector<JsonMember> members;
  if (!json_members(line, members, out)) return "is not a JSON object";
  FieldValues values;
  for (std::size_t i = 0; i < kFields; ++i) {
    for (const std::string& name : names_[i]) {
      bool found = false;
      for (const JsonMember& member : members) {
        if (member.name != name || member.nested || member.null) continue;
        values[i] = member.value;
        found = true;
      }
      if (!found && name.find('.') != std::string::npos) {
        if (const auto nested = json_at(line, name, out)) {
          values[i] = *nested;
          found = true;
        }
      }
      if (found) break;
    }
  }
  return mapper_.add(values, out);
}

}  // namespace stormproof
