#include "harness/plan/plan_json.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/model/param_text.h"
#include "harness/model/trigger_text.h"
#include "harness/plan/plan_check.h"
#include "harness/plan/plan_fields.h"

namespace stormproof {

namespace {

using Json = nlohmann::ordered_json;
constexpr int kVersion = 1;

/// Thrown and caught within this file.
struct ReadFailure {
  std::string path;
  std::string message;
};

std::string_view to_string(ReadySpec::Kind kind) {
  constexpr std::array<std::string_view, 6> kNames{"none", "tcp", "http", "grpc", "log", "exec"};
  return kNames[static_cast<std::size_t>(kind)];
}

template <class E>
constexpr int last_of() {
  if constexpr (std::is_same_v<E, ReadySpec::Kind>) return static_cast<int>(ReadySpec::Kind::exec);
  if constexpr (std::is_same_v<E, TriggerSpec::Kind>) return static_cast<int>(TriggerSpec::Kind::connections);
  if constexpr (std::is_same_v<E, Direction>) return static_cast<int>(Direction::both);
  if constexpr (std::is_same_v<E, RestartPolicy>) return static_cast<int>(RestartPolicy::always);
}

class Writer;
class Reader;

template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;

template <class T>
concept HasFields = requires(Writer& archive, T& value) {
  fields(archive, value);
};

// --- writing ---

class Writer {
 public:
  Json object = Json::object();

  template <class T>
  void operator()(const char* key, const T& value) {
    if (!is_empty(value)) object[key] = write(value);
  }
  template <class T>
  void unless_zero(const char* key, const T& value) {
    if (value != T{}) object[key] = write(value);
  }
  void stream(const char* key, std::uint64_t value) { object[key] = fmt::format("0x{:016x}", value); }
  void params(const Params& params, Family, const std::string&) {
    if (params.entries().empty()) return;
    Json& out = object["params"] = Json::object();
    for (const auto& [name, entry] : params.entries()) {
      out[name] = std::visit([](const auto& value) { return write(value); }, entry.value);
    }
  }

  template <class T>
  static Json write(const T& value);

 private:
  /// What reading fills in by itself is left out.
  template <class T>
  static bool is_empty(const T& value) {
    if constexpr (std::is_same_v<T, SourceRange>) {
      return !value.known();
    } else if constexpr (requires { value.empty(); }) {
      return value.empty();
    } else if constexpr (requires { value.has_value(); }) {
      return !value.has_value();
    } else {
      return false;
    }
  }
};

Json write_list(const Cell& cell) {
  Json object = Json::object();
  for (const auto& [key, value] : cell) object[key] = value;
  return object;
}

Json write_list(const std::vector<std::pair<std::string, std::vector<std::string>>>& matrix) {
  Json object = Json::object();
  for (const auto& [key, values] : matrix) object[key] = values;
  return object;
}

template <class T>
Json write_list(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(Writer::write(item));
  return list;
}

template <class T>
Json Writer::write(const T& value) {
  if constexpr (std::is_same_v<T, Nanos>) {
    return print_duration(value);
  } else if constexpr (std::is_same_v<T, SourceRange>) {
    return fmt::format("{}:{}-{}:{}", value.line, value.column, value.end_line, value.end_column);
  } else if constexpr (std::is_enum_v<T>) {
    return to_string(value);
  } else if constexpr (requires { value.has_value(); }) {
    return write(*value);
  } else if constexpr (HasFields<T>) {
    Writer inner;
    fields(inner, const_cast<T&>(value));  // archives share one list of fields; this one only reads
    return std::move(inner.object);
  } else if constexpr (is_vector<T>) {
    return write_list(value);
  } else {
    return Json(value);
  }
}

// --- reading ---

class Reader {
 public:
  Reader(const Json& object, std::string path, const Kinds& kinds)
      : object_(object), path_(std::move(path)), kinds_(kinds) {
    if (!object.is_object()) throw ReadFailure{path_, "must be an object"};
  }

  template <class T>
  void operator()(const char* key, T& out) {
    const auto found = object_.find(key);
    if (found != object_.end()) {
      read(*found, path_ + '/' + key, out);
    } else if constexpr (!can_be_absent<T>()) {
      throw ReadFailure{path_ + '/' + key, "is missing"};
    } else {
      out = T{};
    }
  }
  template <class T>
  void unless_zero(const char* key, T& out) {
    out = T{};
    if (object_.contains(key)) (*this)(key, out);
  }
  void stream(const char* key, std::uint64_t& out) {
    std::string text;
    (*this)(key, text);
    const char* end = text.data() + text.size();
    if (text.starts_with("0x")) {
      const auto [stop, failure] = std::from_chars(text.data() + 2, end, out, 16);
      if (failure == std::errc{} && stop == end) return;
    }
    throw ReadFailure{path_ + '/' + key, "must be like \"0x00000000000000ff\""};
  }
  void params(Params& params, Family family, const std::string& kind);

 private:
  template <class T>
  static constexpr bool can_be_absent() {
    return std::is_same_v<T, SourceRange> || requires(T t) { t.empty(); }
    || requires(T t) { t.has_value(); };
  }

  template <class T>
  void read(const Json& json, const std::string& path, T& out);
  template <class T>
  void read_list(const Json& json, const std::string& path, std::vector<T>& out);
  void read_list(const Json& json, const std::string& path, Cell& out) { read_pairs(json, path, out); }
  void read_list(const Json& json, const std::string& path,
                 std::vector<std::pair<std::string, std::vector<std::string>>>& out) {
    read_pairs(json, path, out);
  }
  template <class T>
  void read_pairs(const Json& json, const std::string& path, std::vector<std::pair<std::string, T>>& out);
  void read_param(const Json& json, const std::string& path, const ParamSpec& spec, ParamValue& out);
  std::span<const ParamSpec> specs_of(Family family, const std::string& kind) const;

  const Json& object_;
  std::string path_;
  const Kinds& kinds_;
};

SourceRange read_range(const std::string& text, const std::string& path) {
  std::array<int, 4> numbers{};
  const char* at = text.data();
  const char* end = at + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [stop, failure] = std::from_chars(at, end, numbers[i]);
    const bool last = i + 1 == numbers.size();
    if (failure != std::errc{} || numbers[i] < 0 || (last ? stop != end : stop == end)) {
      throw ReadFailure{path, "must be like \"14:8-14:19\""};
    }
    at = last ? stop : stop + 1;
  }
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

template <class T>
T read_number(const Json& json, const std::string& path) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<std::uint64_t>();
    if (std::in_range<T>(value)) return static_cast<T>(value);
  } else if (json.is_number_integer()) {
    const auto value = json.get<std::int64_t>();
    if (std::in_range<T>(value)) return static_cast<T>(value);
  }
  throw ReadFailure{path, "must be a whole number in range"};
}

template <class T>
void Reader::read(const Json& json, const std::string& path, T& out) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) throw ReadFailure{path, "must be true or false"};
    out = json.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    out = read_number<T>(json, path);
  } else if constexpr (std::is_same_v<T, double>) {
    if (!json.is_number()) throw ReadFailure{path, "must be a number"};
    out = json.get<double>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string()) throw ReadFailure{path, "must be text"};
    out = json.get<std::string>();
  } else if constexpr (std::is_same_v<T, Nanos>) {
    std::string text;
    read(json, path, text);
    const Result<Nanos> parsed = parse_duration(text);
    if (!parsed) throw ReadFailure{path, parsed.error().message};
    out = *parsed;
  } else if constexpr (std::is_same_v<T, SourceRange>) {
    std::string text;
    read(json, path, text);
    out = read_range(text, path);
  } else if constexpr (std::is_enum_v<T>) {
    std::string text;
    read(json, path, text);
    for (int i = 0; i <= last_of<T>(); ++i) {
      out = static_cast<T>(i);
      if (to_string(out) == text) return;
    }
    throw ReadFailure{path, fmt::format("is unknown: '{}'", text)};
  } else if constexpr (requires { out.has_value(); }) {
    read(json, path, out.emplace());
  } else if constexpr (std::is_same_v<T, TextMap>) {
    if (!json.is_object()) throw ReadFailure{path, "must be an object"};
    out.clear();
    for (const auto& [key, value] : json.items()) read(value, path + '/' + key, out[key]);
  } else if constexpr (HasFields<T>) {
    Reader inner(json, path, kinds_);
    fields(inner, out);
  } else {
    read_list(json, path, out);
  }
}

template <class T>
void Reader::read_list(const Json& json, const std::string& path, std::vector<T>& out) {
  if (!json.is_array()) throw ReadFailure{path, "must be a list"};
  out.clear();
  for (const Json& item : json) {
    const std::string place = fmt::format("{}/{}", path, out.size());
    read(item, place, out.emplace_back());
  }
}

template <class T>
void Reader::read_pairs(const Json& json, const std::string& path, std::vector<std::pair<std::string, T>>& out) {
  if (!json.is_object()) throw ReadFailure{path, "must be an object"};
  out.clear();
  for (const auto& [key, value] : json.items()) {
    out.emplace_back(key, T{});
    read(value, path + '/' + key, out.back().second);
  }
}

template <class Info>
std::span<const ParamSpec> find_specs(std::span<const Info* const> kinds, const std::string& name,
                                      const std::string& path) {
  for (const Info* kind : kinds) {
    if (kind->name == name) return kind->params;
  }
  throw ReadFailure{path, fmt::format("this program has no kind '{}'", name)};
}

std::span<const ParamSpec> Reader::specs_of(Family family, const std::string& kind) const {
  switch (family) {
    case Family::fault: return find_specs(kinds_.faults, kind, path_);
    case Family::source: return find_specs(kinds_.sources, kind, path_);
    case Family::witness: return find_specs(kinds_.witnesses, kind, path_);
    case Family::invariant: return find_specs(kinds_.invariants, kind, path_);
  }
  return {};
}

void Reader::read_param(const Json& json, const std::string& path, const ParamSpec& spec, ParamValue& out) {
  switch (spec.type) {
    case ParamType::boolean: return read(json, path, out.emplace<bool>());
    case ParamType::integer: return read(json, path, out.emplace<std::int64_t>());
    case ParamType::number:
    case ParamType::probability: return read(json, path, out.emplace<double>());
    case ParamType::text:
    case ParamType::regex:
    case ParamType::choice: return read(json, path, out.emplace<std::string>());
    case ParamType::duration: return read(json, path, out.emplace<Nanos>());
    case ParamType::size:
    case ParamType::rate: return read(json, path, out.emplace<std::uint64_t>());
    case ParamType::text_list: return read(json, path, out.emplace<std::vector<std::string>>());
    case ParamType::text_map: return read(json, path, out.emplace<TextMap>());
  }
}

void Reader::params(Params& params, Family family, const std::string& kind) {
  const std::span<const ParamSpec> specs = specs_of(family, kind);
  const auto found = object_.find("params");
  if (found != object_.end()) {
    if (!found->is_object()) throw ReadFailure{path_ + "/params", "must be an object"};
    for (const auto& [name, value] : found->items()) {
      const std::string path = path_ + "/params/" + name;
      const auto* spec = std::find_if(specs.data(), specs.data() + specs.size(),
                                      [&, wanted = std::string_view(name)](const auto& s) { return s.name == wanted; });
      if (spec == specs.data() + specs.size()) {
        throw ReadFailure{path, fmt::format("'{}' has no such parameter", kind)};
      }
      ParamValue read_value;
      read_param(value, path, *spec, read_value);
      if (const Status fits = check_param(*spec, read_value); !fits) throw ReadFailure{path, fits.error().message};
      params.set(name, std::move(read_value));
    }
  }
  if (const Status filled = fill_defaults(specs, params); !filled) {
    throw ReadFailure{path_ + "/params", filled.error().message};
  }
}

void check_version(const Json& json) {
  if (!json.is_object() || !json.contains("version")) throw ReadFailure{"", "this is not a plan: it has no version"};
  const Json& version = json["version"];
  if (!version.is_number_integer() || version.get<std::int64_t>() != kVersion) {
    throw ReadFailure{"/version",
                      fmt::format("is {}, but this program reads plans of version {}", version.dump(), kVersion)};
  }
}

}  // namespace

std::string plan_to_json(const Plan& plan) {
  Writer writer;
  writer.object["version"] = kVersion;
  fields(writer, const_cast<Plan&>(plan));  // see Writer::write
  return writer.object.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

Result<Plan> plan_from_json(std::string_view text, const Kinds& kinds) {
  const auto failed = [](const std::string& path, const std::string& message) {
    return usage_error(path.empty() ? fmt::format("cannot read the plan: {}", printable(message))
                                    : fmt::format("cannot read the plan: {} {}", printable(path), printable(message)),
                       "run the scenario again to get a new plan");
  };
  try {
    const Json json = Json::parse(text);
    check_version(json);
    Plan plan;
    Reader reader(json, "", kinds);
    fields(reader, plan);
    if (const std::string trouble = plan_trouble(plan, kinds); !trouble.empty()) return failed("", trouble);
    return plan;
  } catch (const ReadFailure& failure) {
    return failed(failure.path, failure.message);
  } catch (const nlohmann::json::exception& failure) {
    return failed("", failure.what());
  }
}

}  // namespace stormproof
