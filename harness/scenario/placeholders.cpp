#include "harness/scenario/placeholders.h"

#include <fmt/core.h>

#include "harness/base/text.h"

namespace stormproof {

namespace {

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return starts_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '/'; }

/// Length of the placeholder that begins at `at`, 0 when none does.
std::size_t placeholder_at(std::string_view text, std::size_t at) {
  if (text[at] != '{' || at + 1 >= text.size() || !starts_name(text[at + 1])) return 0;
  if (at > 0 && text[at - 1] == '$') return 0;
  std::size_t end = at + 1;
  while (end < text.size() && in_name(text[end])) ++end;
  return end < text.size() && text[end] == '}' ? end + 1 - at : 0;
}

/// Calls `literal(piece)` and `use(PlaceholderUse)` from left to right; "{{" is a piece of its own.
template <class Literal, class Use>
void scan(std::string_view text, Literal literal, Use use) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const bool escaped = text.substr(at).starts_with("{{");
    const std::size_t length = escaped ? 2 : placeholder_at(text, at);
    if (length == 0) {
      ++at;
      continue;
    }
    if (at > begin) literal(text.substr(begin, at - begin));
    if (escaped) {
      literal(text.substr(at, 2));
    } else {
      use(PlaceholderUse{std::string(text.substr(at + 1, length - 2)), at, length});
    }
    at += length;
    begin = at;
  }
  if (begin < text.size()) literal(text.substr(begin));
}

}  // namespace

std::vector<PlaceholderUse> find_placeholders(std::string_view text) {
  std::vector<PlaceholderUse> uses;
  scan(
      text, [](std::string_view) {}, [&](PlaceholderUse use) { uses.push_back(std::move(use)); });
  return uses;
}

Result<std::string> expand(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  std::string missing;
  scan(
      text, [&](std::string_view piece) { out += piece == "{{" ? "{" : piece; },
      [&](const PlaceholderUse& use) {
        const auto found = values.find(use.name);
        if (found != values.end()) {
          out += found->second;
        } else if (missing.empty()) {
          missing = use.name;
        }
      });
  if (missing.empty()) return out;
  return usage_error(fmt::format("unknown placeholder '{{{}}}' in '{}'", missing, printable(text)),
                     "write '{{' for a literal brace");
}

Result<Params> expand(const Params& params, const std::map<std::string, std::string>& values) {
  Params out = params;
  for (auto& [name, entry] : out.entries()) {
    std::vector<std::string*> texts;
    if (auto* text = std::get_if<std::string>(&entry.value)) texts.push_back(text);
    if (auto* list = std::get_if<std::vector<std::string>>(&entry.value)) {
      for (std::string& item : *list) texts.push_back(&item);
    }
    if (auto* map = std::get_if<TextMap>(&entry.value)) {
      for (auto& [key, item] : *map) texts.push_back(&item);
    }
    for (std::string* text : texts) {
      Result<std::string> expanded = expand(*text, values);
      if (!expanded) return expanded.error();
      *text = std::move(*expanded);
    }
  }
  return out;
}

std::string expand_known(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  scan(
      text, [&](std::string_view piece) { out += piece; },
      [&](const PlaceholderUse& use) {
        const auto found = values.find(use.name);
        out += found != values.end() ? found->second : text.substr(use.offset, use.length);
      });
  return out;
}

}  // namespace stormproof
