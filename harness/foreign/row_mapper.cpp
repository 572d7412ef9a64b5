#include "harness/foreign/row_mapper.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "harness/base/text.h"

namespace stormproof {

namespace {

constexpr std::pair<Field, std::string_view> kAliases[] = {
    {Field::t, "time"},       {Field::t, "timestamp"}, {Field::t, "ts"},
    {Field::type, "event"},   {Field::type, "status"}, {Field::id, "message_id"},
    {Field::id, "msg_id"},    {Field::id, "message"},  {Field::key, "partition_key"},
    {Field::seq, "sequence"}, {Field::digest, "hash"}, {Field::digest, "checksum"},
    {Field::by, "process"},   {Field::by, "client"},   {Field::by, "consumer"},
    {Field::by, "source"},
};

/// What other programs call the five types.
constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"sent", "send"},        {"published", "send"},  {"produced", "send"},    {"enqueued", "send"},
    {"ack", "ok"},           {"acked", "ok"},        {"acknowledged", "ok"},  {"confirmed", "ok"},
    {"failed", "fail"},      {"rejected", "fail"},   {"nack", "fail"},        {"timeout", "info"},
    {"unknown", "info"},     {"received", "effect"}, {"delivered", "effect"}, {"consumed", "effect"},
    {"processed", "effect"}, {"applied", "effect"}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int value = 0;
  const auto parsed = std::from_chars(text.data() + at, text.data() + at + count, value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + at + count || value < 0) return std::nullopt;
  return value;
}

/// "+01:00", "-0530", "Z", "": the offset from UTC.
std::optional<Nanos> parse_zone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return Nanos{};
  if (text[0] != '+' && text[0] != '-') return std::nullopt;
  const auto hours = digits(text, 1, 2);
  const auto minutes = text.size() == 3 ? std::optional<int>(0) : digits(text, text.size() == 6 ? 4 : 3, 2);
  if (!hours || !minutes || text.size() > 6 || (text.size() == 6 && text[3] != ':')) return std::nullopt;
  const Nanos offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '-' ? -offset : offset;
}

std::optional<Nanos> parse_date(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1700 || *year > 2200 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::size_t at = 19;
  std::int64_t nanos = 0;
  if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
    std::int64_t unit = 100'000'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
      nanos += (text[at] - '0') * unit;
  }
  const auto zone = parse_zone(text.substr(at));
  if (!zone) return std::nullopt;
  const Nanos days = std::chrono::sys_days(date).time_since_epoch();
  return days + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         Nanos(nanos) - *zone;
}

std::int64_t nanos_in(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::s: return 1'000'000'000;
    case TimeUnit::ms: return 1'000'000;
    case TimeUnit::us: return 1'000;
    case TimeUnit::ns: break;
  }
  return 1;
}

std::optional<Nanos> parse_any_time(std::string_view text, TimeUnit unit) {
  if (text.size() >= 19 && text[4] == '-') return parse_date(text);
  const std::int64_t scale = nanos_in(unit);
  std::int64_t whole = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, whole);
  if (parsed.ec != std::errc() || whole > INT64_MAX / scale - 1 || whole < -(INT64_MAX / scale - 1))
    return std::nullopt;
  std::int64_t value = whole * scale;
  if (parsed.ptr == end) return Nanos(value);
  if (*parsed.ptr != '.') {
    double number = 0;
    const auto again = std::from_chars(text.data(), end, number);
    if (again.ec != std::errc() || again.ptr != end || !(std::abs(number * static_cast<double>(scale)) < 9.2e18)) {
      return std::nullopt;
    }
    return Nanos(std::llround(number * static_cast<double>(scale)));
  }
  std::int64_t fraction = 0;
  std::int64_t part = scale / 10;
  for (const char* at = parsed.ptr + 1; at != end; ++at, part /= 10) {
    if (*at < '0' || *at > '9') return std::nullopt;
    fraction += (*at - '0') * part;
  }
  return Nanos(text[0] == '-' ? value - fraction : value + fraction);
}

}  // namespace

bool is_type_word(std::string_view word) {
  return event_type_from(word).has_value() || word == "send" || word == "stage" || word == "ignore";
}

std::optional<Nanos> parse_time(std::string_view text, TimeUnit unit) {
  const auto t = parse_any_time(text, unit);
  return t && sane_time(*t) ? t : std::nullopt;
}

std::vector<std::string> RowMapper::names_of(Field field) const {
  if (const auto mapped = map_.fields.find(field); mapped != map_.fields.end()) return {mapped->second};
  std::vector<std::string> names{std::string(kFieldNames[static_cast<std::size_t>(field)])};
  for (const auto& [of, alias] : kAliases) {
    if (of == field) names.emplace_back(alias);
  }
  return names;
}

std::string_view RowMapper::meaning(std::string_view type) const {
  if (const auto mapped = map_.types.find(type); mapped != map_.types.end()) return mapped->second;
  if (is_type_word(type)) return type;
  const std::string word = lower(type);
  for (const auto& [theirs, ours] : kWords) {
    if (word == theirs) return ours;
  }
  if (const auto ours = event_type_from(word)) return to_string(*ours);
  return word == "send" ? "send" : "";
}

std::string RowMapper::fill(const FieldValues& values, EventView& event, Yield& out) const {
  const auto value = [&](Field field) { return values[static_cast<std::size_t>(field)]; };
  event.t = Nanos::min();
  if (!value(Field::t).empty()) {
    const auto t = parse_time(value(Field::t), map_.time_unit);
    if (!t) return "has a time that is none: \"" + printable(value(Field::t).substr(0, 40)) + "\"";
    event.t = *t;
  }
  if (const std::string_view seq = value(Field::seq); !seq.empty()) {
    const auto parsed = std::from_chars(seq.data(), seq.data() + seq.size(), event.seq);
    if (parsed.ec != std::errc() || parsed.ptr != seq.data() + seq.size() || event.seq == EventView::kNoSeq) {
      return "has a seq that is not a whole number: \"" + printable(seq.substr(0, 40)) + "\"";
    }
  }
  event.id = value(Field::id);
  event.key = value(Field::key);
  event.digest = value(Field::digest);
  event.by = value(Field::by);
  std::string words;
  for (std::size_t i = static_cast<std::size_t>(Field::offset); i <= static_cast<std::size_t>(Field::witness); ++i) {
    if (values[i].empty()) continue;
    if (!words.empty()) words += ' ';
    words.append(kFieldNames[i]).append("=").append(values[i]);
  }
  if (words.empty()) {
    event.detail = value(Field::detail);
  } else {
    // The witness comes first: that is where the checker looks for it.
    if (const std::size_t at = words.find("witness="); at != std::string::npos && at > 0) {
      words = words.substr(at) + " " + words.substr(0, at - 1);
    }
    if (!value(Field::detail).empty()) words.append(" ").append(value(Field::detail));
    event.detail = out.keep(std::move(words));
  }
  return {};
}

std::string RowMapper::add(FieldValues values, Yield& out) const {
  for (const auto& [field, text] : map_.constants) values[static_cast<std::size_t>(field)] = text;
  const auto value = [&](Field field) { return values[static_cast<std::size_t>(field)]; };
  std::string_view type = value(Field::type);
  if (type.empty()) return "has no type";
  const std::string_view ours = meaning(type);
  if (ours.empty()) return "has the unknown type \"" + printable(type.substr(0, 40)) + "\"";
  if (ours == "ignore") return {};
  EventView event;
  if (std::string trouble = fill(values, event, out); !trouble.empty()) return trouble;
  const bool operation = ours == "send" || ours == "invoke" || ours == "ok" || ours == "fail" || ours == "info";
  if ((operation || ours == "effect" || ours == "stage") && event.id.empty()) return "has no id";
  if (ours == "stage" || (ours == "effect" && !value(Field::stage).empty())) {
    event.type = EventType::note;
    event.key = "stage";
    if (!value(Field::stage).empty()) event.by = value(Field::stage);
    if (event.by.empty()) return "has no name of a stage";
    out.add(event);
    return {};
  }
  const std::string_view op = value(Field::op);
  if (operation && !op.empty() && op != "send") {
    event.type = EventType::note;
    event.detail = out.keep(std::string(type) + " of another operation: " + std::string(op));
    event.digest = {};
    out.add(event);
    return {};
  }
  event.type = ours == "send" ? EventType::invoke : *event_type_from(ours);
  out.add(event);
  if (ours == "send") {
    event.type = EventType::ok;
    out.add(event);
  }
  return {};
}

}  // namespace stormproof
