/// The documents of the API: JSON in, JSON out. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/proxy/model.h"
#include "harness/proxy/toxic_kinds.h"

namespace stormproof {

template <class T>
using Answer = std::variant<T, ApiError>;

/// "bad request body: EOF" for what is no JSON.
Answer<JsonValue> read_body(std::string_view body);

/// A proxy to be made. Fields of the wrong type are errors; absent and null ones keep their defaults; unknown ones are
/// skipped. Name and upstream must be there. Toxics are read too.
Answer<ProxySpec> read_proxy(const JsonValue& value, const ToxicKinds& kinds);
/// Several; an error tells which ("missing required field: name at proxy 2") and nothing is returned.
Answer<std::vector<ProxySpec>> read_proxies(const JsonValue& value, const ToxicKinds& kinds);
Answer<ProxyChange> read_change(const JsonValue& value);
/// A toxic to be made; `name` is filled when absent. The kind of its type is known then.
Answer<ToxicSpec> read_toxic(const JsonValue& value, const ToxicKinds& kinds);
/// `toxic` with what `value` changes: attributes and toxicity.
Answer<ToxicSpec> read_toxic_change(const JsonValue& value, const ToxicType& type, ToxicSpec toxic);

/// As Toxiproxy prints them: order of fields, numbers, escapes.
void append_toxic(std::string& json, const ToxicSpec& toxic);
void append_toxics(std::string& json, const std::vector<ToxicSpec>& toxics);
void append_proxy(std::string& json, const ProxySpec& proxy);
std::string error_document(const ApiError& error);

}  // namespace stormproof
