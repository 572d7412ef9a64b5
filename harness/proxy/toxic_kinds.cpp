#include "harness/proxy/toxic_kinds.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/model/param_text.h"

namespace stormproof {

namespace {

using Unit = ToxicAttribute::Unit;

constexpr ToxicAttribute kLatency[] = {{"latency", "latency", Unit::milliseconds},
                                       {"jitter", "jitter", Unit::milliseconds}};
constexpr ToxicAttribute kBandwidth[] = {{"rate", "rate", Unit::kilobytes_per_second}};
constexpr ToxicAttribute kSlowClose[] = {{"delay", "delay", Unit::milliseconds}};
constexpr ToxicAttribute kTimeout[] = {{"timeout", "timeout", Unit::milliseconds}};
constexpr ToxicAttribute kSlicer[] = {{"average_size", "size", Unit::bytes},
                                      {"size_variation", "variation", Unit::bytes},
                                      {"delay", "delay", Unit::microseconds}};
constexpr ToxicAttribute kLimitData[] = {{"bytes", "bytes", Unit::bytes}};
constexpr ToxicAttribute kPacketLoss[] = {{"loss_rate", "loss_rate", Unit::fraction, "0.1"},
                                          {"correlation", "correlation", Unit::fraction}};

constexpr ToxicType kShared[] = {
    {"bandwidth", nullptr, kBandwidth, "BandwidthToxic"},  {"latency", nullptr, kLatency, "LatencyToxic"},
    {"limit_data", nullptr, kLimitData, "LimitDataToxic"}, {"packet_loss", nullptr, kPacketLoss, "PacketLossToxic"},
    {"reset_peer", nullptr, kTimeout, "ResetToxic"},       {"slicer", nullptr, kSlicer, "SlicerToxic"},
    {"slow_close", nullptr, kSlowClose, "SlowCloseToxic"}, {"timeout", nullptr, kTimeout, "TimeoutToxic"}};

/// Sums of a few of these stay far from the end of Nanos.
constexpr std::int64_t kLongestMs = std::int64_t{10} * 365 * 24 * 3600 * 1000;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;
constexpr std::int64_t kMostKilobytes = 1'000'000'000;

JsonValue number(std::string text) {
  JsonValue value(JsonValue::Kind::number);
  value.text = std::move(text);
  return value;
}

const ParamSpec* find_param(const ToxicType& type, std::string_view name) {
  if (type.kind == nullptr) return nullptr;
  const auto params = type.kind->info.params;
  const auto found = std::find_if(params.begin(), params.end(), [&](const auto& spec) { return spec.name == name; });
  return found == params.end() ? nullptr : &*found;
}

bool stands_for(const ToxicType& type, std::string_view parameter) {
  return std::any_of(type.attributes.begin(), type.attributes.end(),
                     [&](const ToxicAttribute& attribute) { return attribute.parameter == parameter; });
}

const ToxicAttribute* find_attribute(const ToxicType& type, std::string_view name) {
  const auto found = std::find_if(type.attributes.begin(), type.attributes.end(),
                                  [&](const ToxicAttribute& attribute) { return attribute.name == name; });
  return found == type.attributes.end() ? nullptr : &*found;
}

std::string lowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

ParamValue effect_of(Unit unit, const JsonValue& value) {
  const std::int64_t whole = as_int64(value).value_or(0);
  switch (unit) {
    case Unit::milliseconds: return std::chrono::milliseconds(std::clamp<std::int64_t>(whole, 0, kLongestMs));
    case Unit::microseconds: return std::chrono::microseconds(std::clamp<std::int64_t>(whole, 0, kLongestMs * 1000));
    case Unit::bytes: return static_cast<std::uint64_t>(std::clamp<std::int64_t>(whole, 0, kMostBytes));
    case Unit::kilobytes_per_second:
      return static_cast<std::uint64_t>(std::clamp<std::int64_t>(whole, 0, kMostKilobytes)) * 1000;
    case Unit::fraction: return std::clamp(as_double(value).value_or(0), 0.0, 1.0);
  }
  return 0.0;
}

/// A number where a unit belongs: ms, bytes or KB/s, as Toxiproxy has them.
Result<ParamValue> unit_number(const ParamSpec& spec, double value) {
  const double most = spec.type == ParamType::duration ? static_cast<double>(kLongestMs)
                      : spec.type == ParamType::rate   ? static_cast<double>(kMostKilobytes)
                                                       : 9e15;
  if (value < 0 || value > most) return usage_error(fmt::format("'{}' must be between 0 and {}", spec.name, most));
  if (spec.type == ParamType::duration) return ParamValue(Nanos(static_cast<std::int64_t>(value * 1e6)));
  return ParamValue(static_cast<std::uint64_t>(spec.type == ParamType::rate ? value * 1000 : value));
}

Result<ParamValue> list_of_texts(const ParamSpec& spec, const JsonValue& value) {
  std::vector<std::string> texts;
  for (const JsonValue& item : value.items) {
    if (item.kind != JsonValue::Kind::text) return usage_error(fmt::format("'{}' must be a list of texts", spec.name));
    texts.push_back(item.text);
  }
  return ParamValue(std::move(texts));
}

Result<ParamValue> typed(const ParamSpec& spec, const JsonValue& value) {
  const bool has_unit =
      spec.type == ParamType::duration || spec.type == ParamType::size || spec.type == ParamType::rate;
  const bool is_text = spec.type == ParamType::text || spec.type == ParamType::regex || spec.type == ParamType::choice;
  switch (value.kind) {
    case JsonValue::Kind::boolean:
      if (spec.type == ParamType::boolean) return ParamValue(value.boolean);
      break;
    case JsonValue::Kind::number: {
      const auto exact = as_double(value);
      if (has_unit && exact) return unit_number(spec, *exact);
      if (spec.type == ParamType::integer && as_int64(value)) return ParamValue(*as_int64(value));
      if ((spec.type == ParamType::number || spec.type == ParamType::probability) && exact) return ParamValue(*exact);
      break;
    }
    case JsonValue::Kind::text:
      if (has_unit || is_text) return parse_param(spec, value.text);
      break;
    case JsonValue::Kind::array:
      if (spec.type == ParamType::text_list) return list_of_texts(spec, value);
      break;
    default: break;
  }
  return usage_error(fmt::format("'{}' must be a {}, not a {}", spec.name, param_type_name(spec), go_kind(value)));
}

/// A parameter of ours from JSON: of the right type, within its bounds.
Result<ParamValue> to_param(const ParamSpec& spec, const JsonValue& value) {
  Result<ParamValue> param = typed(spec, value);
  if (!param) return param;
  if (const Status fits = check_param(spec, *param); !fits) return fits.error();
  if (spec.check != nullptr && value.kind == JsonValue::Kind::text) {
    if (const Status fits = spec.check(value.text); !fits) return fits.error();
  }
  return param;
}

void put(Attributes& attributes, std::string_view name, JsonValue value) {
  for (auto& [known, old] : attributes) {
    if (known == name) {
      old = std::move(value);
      return;
    }
  }
  attributes.emplace_back(name, std::move(value));
}

Status check_attribute(const ToxicType& type, const ToxicAttribute& attribute, const JsonValue& value) {
  const bool fraction = attribute.unit == Unit::fraction;
  if (fraction ? as_double(value).has_value() : as_int64(value).has_value()) return Status::success();
  const std::string what = value.kind == JsonValue::Kind::number ? "number " + value.text : std::string(go_kind(value));
  return usage_error(fmt::format("json: cannot unmarshal {} into Go struct field {}.attributes.{} of type {}", what,
                                 type.go_name, attribute.name, fraction ? "float64" : "int64"));
}

/// A name that nobody knows: Toxiproxy skips it; where no client can rely on that, a slip is told.
Status unknown_attribute(const ToxicType& type, const std::string& name) {
  if (!type.attributes.empty() || type.kind == nullptr) return Status::success();
  std::vector<std::string> known;
  for (const ParamSpec& spec : type.kind->info.params) known.emplace_back(spec.name);
  const std::string near = nearest(name, known);
  return usage_error(fmt::format("{} has no attribute '{}'{}", type.name, printable(name),
                                 near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

}  // namespace

ToxicKinds::ToxicKinds(std::span<const FaultKind* const> kinds) {
  for (const FaultKind* kind : kinds) {
    if (kind->make_link == nullptr) continue;
    ToxicType type{kind->info.name, kind, {}, kind->info.name};
    for (const ToxicType& shared : kShared) {
      if (shared.name != kind->info.name) continue;
      type = shared;
      type.kind = kind;
    }
    for (const ToxicAttribute& attribute : type.attributes) {
      STORMPROOF_ASSERT(find_param(type, attribute.parameter) != nullptr,
                        "a kind lacks the parameter that an attribute of Toxiproxy stands for");
    }
    types_.push_back(type);
  }
  types_.push_back({"noop", nullptr, {}, "NoopToxic"});
}

const ToxicType* ToxicKinds::find(std::string_view name) const {
  const auto found =
      std::find_if(types_.begin(), types_.end(), [&](const ToxicType& type) { return type.name == name; });
  return found == types_.end() ? nullptr : &*found;
}

std::vector<std::string> ToxicKinds::names() const {
  std::vector<std::string> names;
  for (const ToxicType& type : types_) names.emplace_back(type.name);
  return names;
}

Attributes default_attributes(const ToxicType& type) {
  Attributes attributes;
  for (const ToxicAttribute& attribute : type.attributes) {
    attributes.emplace_back(attribute.name, number(std::string(attribute.fallback)));
  }
  if (type.kind == nullptr || !type.attributes.empty()) return attributes;
  for (const ParamSpec& spec : type.kind->info.params) {
    if (spec.fallback.empty()) continue;
    JsonValue value(JsonValue::Kind::text);
    value.text = spec.fallback;
    if (spec.type == ParamType::boolean) {
      value.kind = JsonValue::Kind::boolean;
      value.boolean = spec.fallback == "true";
    } else if (spec.type == ParamType::integer || spec.type == ParamType::number ||
               spec.type == ParamType::probability) {
      value.kind = JsonValue::Kind::number;
    } else if (spec.type == ParamType::text_list) {
      value = JsonValue(JsonValue::Kind::array);
    }
    attributes.emplace_back(spec.name, std::move(value));
  }
  return attributes;
}

Status merge_attributes(const ToxicType& type, const JsonValue& given, Attributes& attributes) {
  if (given.is_null()) return Status::success();
  if (given.kind != JsonValue::Kind::object) {
    return usage_error(fmt::format("json: cannot unmarshal {} into Go struct field .attributes of type toxics.{}",
                                   go_kind(given), type.go_name));
  }
  Attributes merged = attributes;
  for (const JsonEntry& entry : given.entries) {
    const std::string name = lowered(entry.name);
    const ToxicAttribute* attribute = find_attribute(type, name);
    const ParamSpec* param = attribute != nullptr || stands_for(type, name) ? nullptr : find_param(type, name);
    Status fits;
    if (attribute == nullptr && param == nullptr) fits = unknown_attribute(type, entry.name);
    if (!fits) return fits;
    if (entry.value.is_null() || (attribute == nullptr && param == nullptr)) continue;
    if (attribute != nullptr) {
      fits = check_attribute(type, *attribute, entry.value);
    } else if (const auto value = to_param(*param, entry.value); !value) {
      fits = value.error();
    }
    if (!fits) return fits;
    put(merged, name, entry.value);
  }
  attributes = std::move(merged);
  return Status::success();
}

Result<std::shared_ptr<LinkFault>> make_toxic(const ToxicType& type, const ToxicSpec& toxic, const std::string& link,
                                              std::uint64_t stream) {
  if (type.kind == nullptr) return std::shared_ptr<LinkFault>();
  PlannedFault planned;
  planned.stream = stream;
  FaultSpec& spec = planned.spec;
  spec.name = toxic.name;
  spec.kind = std::string(type.name);
  spec.link = link;
  spec.direction = toxic.direction;
  spec.probability = std::clamp(static_cast<double>(toxic.toxicity), 0.0, 1.0);
  for (const auto& [name, value] : toxic.attributes) {
    if (const ToxicAttribute* attribute = find_attribute(type, name)) {
      spec.params.set(std::string(attribute->parameter), effect_of(attribute->unit, value));
    } else if (const ParamSpec* param = find_param(type, name)) {
      Result<ParamValue> typed_value = to_param(*param, value);
      if (!typed_value) return typed_value.error();
      spec.params.set(name, std::move(*typed_value));
    }
  }
  // Pieces of no size cannot be: as long as no size was given, nothing is cut.
  if (const bool cuts = type.name == "slicer"; cuts && spec.params.size("size") == 0) {
    spec.params.set("size", static_cast<std::uint64_t>(kMostBytes));
    spec.params.set("variation", std::uint64_t{0});
  }
  if (const Status complete = fill_defaults(type.kind->info.params, spec.params); !complete) return complete.error();
  return type.kind->make_link(planned);
}

}  // namespace stormproof
