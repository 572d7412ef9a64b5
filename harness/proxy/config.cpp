#include "harness/proxy/config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "harness/base/text.h"
#include "harness/proxy/documents.h"
#include "harness/proxy/go_address.h"
#include "harness/scenario/toml_reader.h"

namespace stormproof {

namespace {

using Kind = JsonValue::Kind;
using Mistakes = std::vector<ConfigMistake>;

JsonValue from_toml(const RawValue& raw) {
  JsonValue value;
  value.line = raw.where.line;
  switch (raw.kind) {
    case RawValue::Kind::table:
      value.kind = Kind::object;
      for (const RawEntry& entry : raw.entries) value.entries.push_back({entry.key, from_toml(entry.value)});
      break;
    case RawValue::Kind::array:
      value.kind = Kind::array;
      for (const RawValue& item : raw.items) value.items.push_back(from_toml(item));
      break;
    case RawValue::Kind::text:
    case RawValue::Kind::date:
      value.kind = Kind::text;
      value.text = raw.text;
      break;
    case RawValue::Kind::integer:
      value.kind = Kind::number;
      value.text = std::to_string(raw.integer);
      break;
    case RawValue::Kind::number:
      value.kind = Kind::number;
      // TOML has inf and nan; JSON has not, and neither reads as a number later.
      value.text = fmt::format("{:#}", raw.number);
      break;
    case RawValue::Kind::boolean:
      value.kind = Kind::boolean;
      value.boolean = raw.boolean;
      break;
  }
  return value;
}

std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const auto begin = text.find(from) + from.size();
  return text.substr(begin, text.find(to, begin) - begin);
}

/// The API's errors are in Go's words, for its clients; the reader of a file has not seen that struct.
std::string in_plain_words(std::string_view text) {
  constexpr std::string_view kBody = "bad request body: ";
  if (text.starts_with(kBody)) text.remove_prefix(kBody.size());
  constexpr std::string_view kField = " into Go struct field ";
  if (text.find(kField) == std::string_view::npos) return std::string(text);
  std::string_view type = between(text, " of type ", "\n");
  if (type == "string") type = "a text";
  if (type == "bool") type = "true or false";
  if (type == "int64") type = "a whole number";
  if (type == "float32" || type == "float64") type = "a number";
  if (type.starts_with("toxics.")) type = "a table";
  std::string_view field = between(text, kField, " of type ");
  field.remove_prefix(field.find('.') + 1);
  std::string_view found = between(text, "cannot unmarshal ", kField);
  if (found.starts_with("number ")) found.remove_prefix(std::string_view("number ").size());
  return fmt::format("{} must be {}, not {}", field, type, found);
}

/// Reads the list and keeps every mistake.
class ConfigReader {
 public:
  ConfigReader(const ToxicKinds& kinds, ConfigFormat format) : kinds_(kinds), strict_(format == ConfigFormat::toml) {}

  void read(const JsonValue& list) {
    for (std::size_t i = 0; i < list.items.size(); ++i) read_one(list.items[i], i + 1);
  }
  void check_keys(const JsonValue& table, std::span<const std::string> known, const std::string& where) {
    if (!strict_) return;
    for (const JsonEntry& entry : table.entries) {
      if (std::find(known.begin(), known.end(), entry.name) != known.end()) continue;
      const std::string near = nearest(entry.name, known);
      complain(entry.value.line, where,
               fmt::format("unknown key '{}'; {}", printable(entry.name),
                           near.empty() ? "known: " + join(known, ", ") : fmt::format("did you mean '{}'?", near)));
    }
  }
  void complain(int line, const std::string& where, std::string text) {
    mistakes.push_back({line, where.empty() ? std::move(text) : fmt::format("{}: {}", where, text)});
  }

  std::vector<ProxySpec> proxies;
  Mistakes mistakes;

 private:
  void read_one(const JsonValue& item, std::size_t number) {
    static const std::array<std::string, 5> kKeys = {"name", "listen", "upstream", "enabled", "toxics"};
    JsonValue bare = item;
    std::erase_if(bare.entries, [](const JsonEntry& entry) { return entry.name == "toxics"; });
    auto proxy = read_proxy(bare, kinds_);
    const JsonValue* name = item.find("name");
    const std::string where = name != nullptr && name->kind == Kind::text && !name->text.empty()
                                  ? fmt::format("proxy '{}'", printable(name->text))
                                  : fmt::format("proxy {}", number);
    check_keys(item, kKeys, where);
    const std::size_t before = mistakes.size();
    if (const auto* error = std::get_if<ApiError>(&proxy)) complain(item.line, where, in_plain_words(error->text));
    ProxySpec spec;
    if (auto* read = std::get_if<ProxySpec>(&proxy)) spec = std::move(*read);
    read_toxics(item, where, spec);
    if (mistakes.size() != before || !std::holds_alternative<ProxySpec>(proxy)) return;
    check_place(item.line, where, spec);
    proxies.push_back(std::move(spec));
  }

  void read_toxics(const JsonValue& item, const std::string& where, ProxySpec& proxy) {
    static const std::array<std::string, 5> kKeys = {"name", "type", "stream", "toxicity", "attributes"};
    const JsonValue* list = item.find("toxics");
    if (list == nullptr || list->is_null()) return;
    if (list->kind != Kind::array) return complain(list->line, where, "toxics must be a list");
    std::set<std::string> names;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const JsonValue& entry = list->items[i];
      const std::string place = fmt::format("{}, toxic {}", where, i + 1);
      check_keys(entry, kKeys, place);
      auto toxic = read_toxic(entry, kinds_);
      if (const auto* error = std::get_if<ApiError>(&toxic)) {
        complain(entry.line, place, explained(error->text, entry));
      } else if (!names.insert(std::get<ToxicSpec>(toxic).name).second) {
        complain(entry.line, place,
                 fmt::format("a toxic of the name '{}' stands before it", printable(std::get<ToxicSpec>(toxic).name)));
      } else {
        proxy.toxics.push_back(std::get<ToxicSpec>(std::move(toxic)));
      }
    }
  }

  std::string explained(const std::string& text, const JsonValue& toxic) const {
    const JsonValue* type = toxic.find("type");
    if (text != "invalid toxic type") return in_plain_words(text);
    if (type == nullptr || type->kind != Kind::text) return "missing required field: type";
    const std::string near = nearest(type->text, kinds_.names());
    return fmt::format("{} '{}'; {}", text, printable(type->text),
                       near.empty() ? "known: " + join(kinds_.names(), ", ") : fmt::format("did you mean '{}'?", near));
  }

  void check_place(int line, const std::string& where, const ProxySpec& proxy) {
    if (!names_.insert(proxy.name).second) complain(line, where, "a proxy of this name stands before it");
    const auto listen = resolve_listen(proxy.listen);
    if (!listen) {
      complain(line, where, "listen: " + listen.error().message);
    } else if (!listen->ends_with(":0")) {
      const auto [first, fresh] = listens_.emplace(*listen, proxy.name);
      if (!fresh)
        complain(line, where, fmt::format("listens on {} as proxy '{}' does", *listen, printable(first->second)));
    }
    if (const Status upstream = check_upstream(proxy.upstream); !upstream) {
      complain(line, where, "upstream: " + upstream.error().message);
    }
  }

  const ToxicKinds& kinds_;
  bool strict_;
  std::set<std::string> names_;
  std::map<std::string, std::string> listens_;
};

std::variant<JsonValue, Mistakes> read_root(std::string_view text, ConfigFormat format) {
  if (format == ConfigFormat::json) {
    auto value = parse_json(text);
    if (!value)
      return Mistakes{{0, text.find_first_not_of(" \t\r\n") == std::string_view::npos
                              ? "the file is empty; an empty list is []"
                              : value.error().message}};
    return std::move(*value);
  }
  DiagnosticSink sink;
  const auto raw = read_toml(text, sink);
  if (raw) return from_toml(*raw);
  Mistakes mistakes;
  for (const Diagnostic& diagnostic : sink.take()) mistakes.push_back({diagnostic.where.line, diagnostic.message});
  return mistakes;
}

}  // namespace

ConfigFormat config_format(std::string_view path) {
  return path.ends_with(".toml") ? ConfigFormat::toml : ConfigFormat::json;
}

std::variant<std::vector<ProxySpec>, std::vector<ConfigMistake>> read_config(std::string_view text, ConfigFormat format,
                                                                             const ToxicKinds& kinds) {
  auto root = read_root(text, format);
  if (auto* mistakes = std::get_if<Mistakes>(&root)) return std::move(*mistakes);
  const auto& value = std::get<JsonValue>(root);
  static const std::array<std::string, 1> kKeys = {"proxies"};
  ConfigReader reader(kinds, format);
  const JsonValue* list = &value;
  if (value.kind == Kind::object) {
    reader.check_keys(value, kKeys, "");
    list = value.find("proxies");
  }
  if (list != nullptr && list->kind == Kind::array) {
    reader.read(*list);
  } else if (list != nullptr && !list->is_null()) {
    reader.complain(list->line, "", "proxies must be a list");
  } else if (reader.mistakes.empty()) {
    reader.complain(0, "", format == ConfigFormat::toml ? "there is no [[proxies]]" : "there is no list of proxies");
  }
  std::stable_sort(reader.mistakes.begin(), reader.mistakes.end(),
                   [](const ConfigMistake& a, const ConfigMistake& b) { return a.line < b.line; });
  if (!reader.mistakes.empty()) return std::move(reader.mistakes);
  return std::move(reader.proxies);
}

}  // namespace stormproof
