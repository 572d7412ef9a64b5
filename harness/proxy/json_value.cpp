#include "harness/proxy/json_value.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/base/text.h"

namespace stormproof {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

/// Builds the tree; nlohmann's parser keeps its own state off the stack, so that nesting costs no recursion.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonValue root;
  std::string trouble;

  bool null() override { return add({}); }
  bool boolean(bool value) override {
    JsonValue made(JsonValue::Kind::boolean);
    made.boolean = value;
    return add(std::move(made));
  }
  bool number_integer(number_integer_t value) override { return number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& written) override { return number(written); }
  bool string(string_t& value) override {
    JsonValue made(JsonValue::Kind::text);
    made.text = std::move(value);
    return add(std::move(made));
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return enter(JsonValue::Kind::object); }
  bool start_array(std::size_t) override { return enter(JsonValue::Kind::array); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    open_.back()->entries.push_back({std::move(name), {}});
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& failure) override {
    std::string_view text = failure.what();
    if (const auto end_of_tag = text.find("] "); end_of_tag != std::string_view::npos) {
      text.remove_prefix(end_of_tag + 2);
    }
    constexpr std::string_view kPrefix = "parse error ";
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    trouble = valid_utf8(text);
    return false;
  }

 private:
  bool number(std::string written) {
    JsonValue made(JsonValue::Kind::number);
    made.text = std::move(written);
    return add(std::move(made));
  }
  JsonValue* place(JsonValue value) {
    if (open_.empty()) {
      root = std::move(value);
      return &root;
    }
    JsonValue& parent = *open_.back();
    if (parent.kind == JsonValue::Kind::array) return &parent.items.emplace_back(std::move(value));
    parent.entries.back().value = std::move(value);
    return &parent.entries.back().value;
  }
  bool add(JsonValue value) {
    if (++values_ > kJsonValuesMax) {
      trouble = fmt::format("more than {} values", kJsonValuesMax);
      return false;
    }
    place(std::move(value));
    return true;
  }
  bool enter(JsonValue::Kind kind) {
    if (open_.size() >= kJsonDepthMax) {
      trouble = "exceeded max depth";
      return false;
    }
    if (++values_ > kJsonValuesMax) {
      trouble = fmt::format("more than {} values", kJsonValuesMax);
      return false;
    }
    // The parent's vectors do not move while a child is open: it is its last element and nothing is added behind it.
    open_.push_back(place(JsonValue(kind)));
    return true;
  }
  bool leave() {
    open_.pop_back();
    return true;
  }

  std::vector<JsonValue*> open_;
  std::size_t values_ = 0;
};

bool ends_escaped(std::string_view text, std::size_t at, std::string_view& escape) {
  // U+2028 and U+2029 end a line in JavaScript; Go escapes them.
  const std::string_view three = text.substr(at, 3);
  if (three == "\xE2\x80\xA8") escape = "\\u2028";
  if (three == "\xE2\x80\xA9") escape = "\\u2029";
  return !escape.empty();
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (same_name(entry->name, name)) return &entry->value;
  }
  return nullptr;
}

Result<JsonValue> parse_json(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return usage_error("EOF");
  Builder builder;
  constexpr bool kOnlyTheFirstValue = false;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder, nlohmann::json::input_format_t::json,
                                kOnlyTheFirstValue)) {
    return std::move(builder.root);
  }
  return usage_error(builder.trouble);
}

std::string_view go_kind(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::null: return "null";
    case JsonValue::Kind::boolean: return "bool";
    case JsonValue::Kind::number: return "number";
    case JsonValue::Kind::text: return "string";
    case JsonValue::Kind::array: return "array";
    case JsonValue::Kind::object: return "object";
  }
  return "?";
}

std::optional<std::int64_t> as_int64(const JsonValue& value) {
  if (value.kind != JsonValue::Kind::number) return std::nullopt;
  std::int64_t number = 0;
  const char* end = value.text.data() + value.text.size();
  const auto [stop, failure] = std::from_chars(value.text.data(), end, number);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<double> as_double(const JsonValue& value) {
  if (value.kind != JsonValue::Kind::number) return std::nullopt;
  double number = 0;
  const char* end = value.text.data() + value.text.size();
  const auto [stop, failure] = std::from_chars(value.text.data(), end, number);
  if (failure == std::errc::result_out_of_range) {
    // Too small is zero, too large is an error.
    number = std::strtod(value.text.c_str(), nullptr);
    if (std::abs(number) < 1) return number;
    return std::nullopt;
  }
  if (failure != std::errc{} || stop != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

void append_go_string(std::string& json, std::string_view text) {
  json += '"';
  const std::string sound = valid_utf8(text);
  for (std::size_t at = 0; at < sound.size(); ++at) {
    const char c = sound[at];
    std::string_view escape;
    switch (c) {
      case '"': escape = "\\\""; break;
      case '\\': escape = "\\\\"; break;
      case '\n': escape = "\\n"; break;
      case '\r': escape = "\\r"; break;
      case '\t': escape = "\\t"; break;
      case '\xE2': ends_escaped(sound, at, escape); break;
      default: break;
    }
    if (!escape.empty()) {
      json += escape;
      if (c == '\xE2') at += 2;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
      json += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      json += c;
    }
  }
  json += '"';
}

std::string go_float32(float value) {
  const float size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-6F && size < 1e21F);
  std::array<char, 64> digits{};
  const auto print = [&](std::chars_format format) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, format);
    return std::string(digits.data(), end.ptr);
  };
  // Beyond 2^24 C++ prints every digit of the value where Go pads the shortest ones with zeros.
  if (plain && size < 16'777'216.0F) return print(std::chars_format::fixed);
  std::string text = print(std::chars_format::scientific);
  const auto mark = text.find('e');
  if (!plain) {
    // Go writes e-9 where C++ writes e-09.
    if (text.compare(mark + 2, 1, "0") == 0) text.erase(mark + 2, 1);
    return text;
  }
  const auto exponent = static_cast<std::size_t>(std::stoi(text.substr(mark + 1)));
  std::string whole = text.substr(0, mark);
  std::erase(whole, '.');
  const std::size_t sign = value < 0 ? 1 : 0;
  whole.resize(sign + exponent + 1, '0');
  return whole;
}

}  // namespace stormproof
