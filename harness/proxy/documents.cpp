#include "harness/proxy/documents.h"

#include <fmt/core.h>

#include <limits>
#include <set>

#include "harness/base/text.h"

namespace stormproof {

namespace {

using Kind = JsonValue::Kind;

/// How Go names the struct types its decoder meets, in its errors.
constexpr std::string_view kProxyType = "Proxy";
constexpr std::string_view kToxicType = "ToxicWrapper";
constexpr std::string_view kPopulateType = "[]struct { toxiproxy.Proxy; Enabled *bool \"json:\\\"enabled\\\"\" }";
constexpr std::string_view kToxicChangeType =
    "struct { Attributes interface {} \"json:\\\"attributes\\\"\"; Toxicity float32 \"json:\\\"toxicity\\\"\" }";

ApiError bad_body(std::string_view why) { return {400, fmt::format("bad request body: {}", why)}; }

/// Reads the fields of one object and keeps the first mistake.
class Fields {
 public:
  /// `name` is the struct's in errors about its fields, `type` the whole type.
  Fields(const JsonValue& object, std::string_view name, std::string_view type) : object_(object), name_(name) {
    if (object.kind != Kind::object && object.kind != Kind::null) {
      trouble_ = fmt::format("json: cannot unmarshal {} into Go value of type {}", go_kind(object), type);
    }
  }
  void read(std::string_view name, std::string& text) {
    if (const JsonValue* value = field(name, Kind::text, "string")) text = value->text;
  }
  void read(std::string_view name, bool& flag) {
    if (const JsonValue* value = field(name, Kind::boolean, "bool")) flag = value->boolean;
  }
  void read(std::string_view name, float& number) {
    const JsonValue* value = field(name, Kind::number, "float32");
    if (value == nullptr) return;
    const auto read = as_double(*value);
    if (read && std::abs(*read) <= static_cast<double>(std::numeric_limits<float>::max())) {
      number = static_cast<float>(*read);
    } else {
      refuse(name, "number " + printable(value->text), "float32");
    }
  }
  template <class T>
  void read(std::string_view name, std::optional<T>& slot) {
    const JsonValue* value = object_.find(name);
    if (value == nullptr || value->is_null()) return;
    T read_value{};
    read(name, read_value);
    slot = std::move(read_value);
  }
  const JsonValue* field(std::string_view name, Kind kind, std::string_view type) {
    const JsonValue* value = object_.find(name);
    if (value == nullptr || value->is_null()) return nullptr;
    if (value->kind == kind) return value;
    refuse(name, std::string(go_kind(*value)), type);
    return nullptr;
  }
  const std::string& trouble() const { return trouble_; }

 private:
  void refuse(std::string_view field, const std::string& what, std::string_view type) {
    if (!trouble_.empty()) return;
    trouble_ = fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}", what, name_, field, type);
  }
  const JsonValue& object_;
  std::string_view name_;
  std::string trouble_;
};

std::optional<Direction> direction_of(std::string_view stream) {
  std::string word(stream);
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (word == "upstream") return Direction::upstream;
  if (word == "downstream") return Direction::downstream;
  return std::nullopt;
}

/// The toxics of a proxy that is to be made: all or nothing.
std::optional<ApiError> read_toxics(Fields& fields, const ToxicKinds& kinds, std::vector<ToxicSpec>& toxics) {
  const JsonValue* list = fields.field("toxics", Kind::array, "[]toxics.Toxic");
  if (list == nullptr) return std::nullopt;
  std::set<std::string> names;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    auto toxic = read_toxic(list->items[i], kinds);
    if (const auto* error = std::get_if<ApiError>(&toxic)) {
      return ApiError{error->status, fmt::format("{} at toxic {}", error->text, i + 1)};
    }
    auto& spec = std::get<ToxicSpec>(toxic);
    if (!names.insert(spec.name).second) return ApiError{409, fmt::format("toxic already exists at toxic {}", i + 1)};
    toxics.push_back(std::move(spec));
  }
  return std::nullopt;
}

/// Everything but that name and upstream are there.
Answer<ProxySpec> read_fields(const JsonValue& value, const ToxicKinds& kinds) {
  ProxySpec proxy;
  Fields fields(value, kProxyType, "toxiproxy.Proxy");
  fields.read("name", proxy.name);
  fields.read("listen", proxy.listen);
  fields.read("upstream", proxy.upstream);
  fields.read("enabled", proxy.enabled);
  auto trouble = read_toxics(fields, kinds, proxy.toxics);
  if (!fields.trouble().empty()) return bad_body(fields.trouble());
  if (trouble) return *std::move(trouble);
  return proxy;
}

std::optional<std::string> missing_field(const ProxySpec& proxy) {
  if (proxy.name.empty()) return "name";
  if (proxy.upstream.empty()) return "upstream";
  return std::nullopt;
}

void append_value(std::string& json, const JsonValue& value) {
  switch (value.kind) {
    case Kind::null: json += "null"; break;
    case Kind::boolean: json += value.boolean ? "true" : "false"; break;
    case Kind::number: json += value.text; break;
    case Kind::text: append_go_string(json, value.text); break;
    case Kind::array:
      json += '[';
      for (const JsonValue& item : value.items) {
        if (&item != &value.items.front()) json += ',';
        append_value(json, item);
      }
      json += ']';
      break;
    case Kind::object: STORMPROOF_ASSERT(false, "no attribute is an object");
  }
}

void append_field(std::string& json, std::string_view name, std::string_view value) {
  json += fmt::format("\"{}\":", name);
  append_go_string(json, value);
}

}  // namespace

Answer<JsonValue> read_body(std::string_view body) {
  auto value = parse_json(body);
  if (!value) return bad_body(value.error().message);
  return std::move(*value);
}

Answer<ProxySpec> read_proxy(const JsonValue& value, const ToxicKinds& kinds) {
  auto proxy = read_fields(value, kinds);
  if (const auto* spec = std::get_if<ProxySpec>(&proxy)) {
    if (const auto name = missing_field(*spec)) return ApiError{400, "missing required field: " + *name};
  }
  return proxy;
}

Answer<std::vector<ProxySpec>> read_proxies(const JsonValue& value, const ToxicKinds& kinds) {
  if (value.kind != Kind::array && !value.is_null()) {
    return bad_body(fmt::format("json: cannot unmarshal {} into Go value of type {}", go_kind(value), kPopulateType));
  }
  std::vector<ProxySpec> proxies;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    auto proxy = read_fields(value.items[i], kinds);
    if (const auto* error = std::get_if<ApiError>(&proxy)) {
      return ApiError{error->status, fmt::format("{} at proxy {}", error->text, i + 1)};
    }
    auto& spec = std::get<ProxySpec>(proxy);
    if (const auto name = missing_field(spec)) {
      return ApiError{400, fmt::format("missing required field: {} at proxy {}", *name, i + 1)};
    }
    proxies.push_back(std::move(spec));
  }
  return proxies;
}

Answer<ProxyChange> read_change(const JsonValue& value) {
  ProxyChange change;
  Fields fields(value, kProxyType, "toxiproxy.Proxy");
  std::string ignored;
  fields.read("name", ignored);
  fields.read("listen", change.listen);
  fields.read("upstream", change.upstream);
  fields.read("enabled", change.enabled);
  if (!fields.trouble().empty()) return bad_body(fields.trouble());
  return change;
}

Answer<ToxicSpec> read_toxic(const JsonValue& value, const ToxicKinds& kinds) {
  ToxicSpec toxic;
  Fields fields(value, kToxicType, "toxics.ToxicWrapper");
  fields.read("name", toxic.name);
  fields.read("type", toxic.type);
  fields.read("stream", toxic.stream);
  fields.read("toxicity", toxic.toxicity);
  const JsonValue* given = fields.field("attributes", Kind::object, "toxics.NoopToxic");
  if (!fields.trouble().empty()) return bad_body(fields.trouble());
  const auto direction = direction_of(toxic.stream);
  if (!direction) return ApiError{400, "stream was invalid, can be either upstream or downstream"};
  toxic.direction = *direction;
  if (toxic.name.empty()) toxic.name = toxic.type + '_' + toxic.stream;
  const ToxicType* type = kinds.find(toxic.type);
  if (type == nullptr) return ApiError{400, "invalid toxic type"};
  toxic.attributes = default_attributes(*type);
  if (given != nullptr) {
    if (const Status merged = merge_attributes(*type, *given, toxic.attributes); !merged) {
      return bad_body(merged.error().message);
    }
  }
  return toxic;
}

Answer<ToxicSpec> read_toxic_change(const JsonValue& value, const ToxicType& type, ToxicSpec toxic) {
  Fields fields(value, "", kToxicChangeType);
  fields.read("toxicity", toxic.toxicity);
  const JsonValue* given = fields.field("attributes", Kind::object, fmt::format("toxics.{}", type.go_name));
  if (!fields.trouble().empty()) return bad_body(fields.trouble());
  if (given != nullptr) {
    if (const Status merged = merge_attributes(type, *given, toxic.attributes); !merged) {
      return bad_body(merged.error().message);
    }
  }
  return toxic;
}

void append_toxic(std::string& json, const ToxicSpec& toxic) {
  json += "{\"attributes\":{";
  for (const auto& [name, value] : toxic.attributes) {
    if (json.back() != '{') json += ',';
    append_go_string(json, name);
    json += ':';
    append_value(json, value);
  }
  json += "},";
  append_field(json, "name", toxic.name);
  json += ',';
  append_field(json, "type", toxic.type);
  json += ',';
  append_field(json, "stream", toxic.stream);
  json += fmt::format(",\"toxicity\":{}}}", go_float32(toxic.toxicity));
}

void append_toxics(std::string& json, const std::vector<ToxicSpec>& toxics) {
  json += '[';
  for (const Direction direction : {Direction::upstream, Direction::downstream}) {
    for (const ToxicSpec& toxic : toxics) {
      if (toxic.direction != direction) continue;
      if (json.back() != '[') json += ',';
      append_toxic(json, toxic);
    }
  }
  json += ']';
}

void append_proxy(std::string& json, const ProxySpec& proxy) {
  json += '{';
  append_field(json, "name", proxy.name);
  json += ',';
  append_field(json, "listen", proxy.listen);
  json += ',';
  append_field(json, "upstream", proxy.upstream);
  json += fmt::format(",\"enabled\":{},\"Logger\":{{}},\"toxics\":", proxy.enabled);
  append_toxics(json, proxy.toxics);
  json += '}';
}

std::string error_document(const ApiError& error) {
  std::string json = "{\"error\":";
  append_go_string(json, error.text);
  return json + fmt::format(",\"status\":{}}}", error.status);
}

}  // namespace stormproof
