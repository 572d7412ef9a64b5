#include "harness/history/json_lines.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ostream>

#include "harness/base/text.h"
#include "harness/history/json_scanner.h"

namespace stormproof {

namespace {

/// Length of the valid UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) >= 0xA0) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) >= 0x90) return 0;
    return 4;
  }
  return 0;
}

void append_escaped(unsigned code, std::string& out) {
  std::array<char, 8> hex{};
  std::snprintf(hex.data(), hex.size(), "\\u%04x", code);
  out += hex.data();
}

void append_text(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      append_escaped(static_cast<unsigned char>(c), out);
    } else if (const std::size_t length = utf8_length(text.substr(i)); length == 0) {
      append_escaped(0xDC00U + static_cast<unsigned char>(c), out);
    } else {
      out += text.substr(i, length);
      i += length;
      continue;
    }
    ++i;
  }
  out += '"';
}

void append_field(std::string_view name, std::string_view text, std::string& out) {
  if (text.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  append_text(text, out);
}

void append_seconds(Nanos t, std::string& out) {
  const bool negative = t.count() < 0;
  const std::uint64_t nanos =
      negative ? 0 - static_cast<std::uint64_t>(t.count()) : static_cast<std::uint64_t>(t.count());
  std::array<char, 40> text{};
  int size = std::snprintf(text.data(), text.size(), "%s%llu.%09llu", negative ? "-" : "",
                           static_cast<unsigned long long>(nanos / 1'000'000'000U),
                           static_cast<unsigned long long>(nanos % 1'000'000'000U));
  while (text[static_cast<std::size_t>(size) - 1] == '0') --size;
  if (text[static_cast<std::size_t>(size) - 1] == '.') --size;
  out.append(text.data(), static_cast<std::size_t>(size));
}

bool is_operation(EventType type) {
  return type == EventType::invoke || type == EventType::ok || type == EventType::fail || type == EventType::info;
}

/// Seconds as written, exactly; exponents go the way of a double.
bool parse_seconds(std::string_view text, Nanos& t) {
  constexpr std::int64_t kPerSecond = 1'000'000'000;
  const bool negative = !text.empty() && text.front() == '-';
  const std::string_view digits = negative ? text.substr(1) : text;
  if (digits.find_first_of("eE") == std::string_view::npos) {
    const std::size_t dot = std::min(digits.find('.'), digits.size());
    std::int64_t whole = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + dot, whole);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + dot || whole > INT64_MAX / kPerSecond - 1)
      return false;
    std::int64_t fraction = 0;
    std::int64_t unit = kPerSecond / 10;
    for (std::size_t i = dot + 1; i < digits.size() && unit > 0; ++i, unit /= 10) fraction += (digits[i] - '0') * unit;
    const std::int64_t value = whole * kPerSecond + fraction;
    t = Nanos(negative ? -value : value);
    return true;
  }
  double seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ec != std::errc() || !(std::abs(seconds) < 9.2e9)) return false;
  t = Nanos(static_cast<std::int64_t>(std::llround(seconds * 1e9)));
  return true;
}

class LineParser {
 public:
  LineParser(std::string_view line, EventView& event, std::string& storage)
      : scanner_(line), event_(event), storage_(storage) {}

  std::string parse() {
    if (!scanner_.take('{')) return "is not a JSON object";
    if (!scanner_.take('}')) {
      do {
        std::string_view name;
        std::string_view value;
        if (!scanner_.string(name, storage_) || !scanner_.take(':')) return bad_json();
        const JsonScanner::Kind kind = scanner_.value(value, storage_);
        if (kind == JsonScanner::Kind::bad) return bad_json();
        if (std::string trouble = field(name, kind, value); !trouble.empty()) return trouble;
      } while (scanner_.take(','));
      if (!scanner_.take('}')) return bad_json();
    }
    if (!scanner_.at_end()) return "has text behind the object";
    if (!typed_) return "has no \"type\"";
    if (is_operation(event_.type) && !op_.empty() && op_ != "send") other_operation();
    if (event_.id.empty() && (is_operation(event_.type) || event_.type == EventType::effect)) return "has no \"id\"";
    return {};
  }

 private:
  using Kind = JsonScanner::Kind;

  std::string bad_json() const { return "is not valid JSON at column " + std::to_string(scanner_.position() + 1); }

  std::string field(std::string_view name, Kind kind, std::string_view value) {
    if (value == "null" && kind == Kind::literal) return {};
    if (name == "t") {
      if (kind != Kind::number || !parse_seconds(value, event_.t)) return "has a \"t\" that is not a time in seconds";
    } else if (name == "type") {
      const auto type = kind == Kind::text ? event_type_from(value) : std::nullopt;
      if (!type) return "has the unknown type \"" + printable(value.substr(0, 40)) + "\"";
      event_.type = *type;
      typed_ = true;
    } else if (name == "seq") {
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), event_.seq);
      if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size() || event_.seq == EventView::kNoSeq) {
        return "has a \"seq\" that is not a whole number";
      }
    } else if (std::string_view* const text = text_field(name); text != nullptr) {
      if (kind != Kind::text && kind != Kind::number) return "has a \"" + std::string(name) + "\" that is not text";
      *text = value;
    }
    return {};
  }

  std::string_view* text_field(std::string_view name) {
    if (name == "id") return &event_.id;
    if (name == "key") return &event_.key;
    if (name == "digest") return &event_.digest;
    if (name == "by") return &event_.by;
    if (name == "detail") return &event_.detail;
    if (name == "op") return &op_;
    return nullptr;
  }

  void other_operation() {
    const std::string_view word = to_string(event_.type);
    event_.type = EventType::note;
    const std::size_t kept = storage_.size();
    storage_.append(word).append(" of another operation: ").append(op_);
    event_.detail = std::string_view(storage_).substr(kept);
    event_.digest = {};
  }

  JsonScanner scanner_;
  EventView& event_;
  std::string& storage_;
  std::string_view op_;
  bool typed_ = false;
};

}  // namespace

void append_json_line(const EventView& event, std::string& out) {
  out += "{\"t\":";
  append_seconds(event.t, out);
  append_field("type", to_string(event.type), out);
  if (is_operation(event.type)) append_field("op", "send", out);
  append_field("id", event.id, out);
  append_field("key", event.key, out);
  if (event.seq != EventView::kNoSeq) out += ",\"seq\":" + std::to_string(event.seq);
  append_field("digest", event.digest, out);
  append_field("by", event.by, out);
  append_field("detail", event.detail, out);
  out += "}\n";
}

std::string parse_json_line(std::string_view line, EventView& event, std::string& storage) {
  // Unescaped text is never longer than the line; 64 more bytes for other_operation: results keep pointing into it.
  storage.reserve(storage.size() + 2 * line.size() + 64);
  return LineParser(line, event, storage).parse();
}

void add_chunk(const ChunkReport& chunk, std::uint64_t& lines, ReadReport& report) {
  report.events += chunk.events;
  report.damaged_lines += chunk.damaged_lines;
  report.damaged_bytes += chunk.damaged_bytes;
  report.torn_tail |= chunk.torn_tail;
  if (report.damage.empty() && !chunk.damage.empty()) {
    report.damage = "line " + std::to_string(lines + chunk.damage_line) + " " + chunk.damage;
  }
  lines += chunk.lines;
}

Status is_a_history(const ReadReport& report) {
  if (report.events > 0 || report.damaged_lines == 0) return {};
  return usage_error("no history: " + report.damage,
                     "a history is a history.bin of `stormproof run`, or JSON lines with at least type and id");
}

Result<ReadReport> read_json_lines(ByteWindow& in, const std::function<void(const EventView&)>& on_event) {
  ReadReport report;
  report.format = ReadReport::Format::json_lines;
  LineChunk chunk;
  std::uint64_t lines = 0;
  Nanos last{};
  while (next_chunk(in, chunk)) {
    const ChunkReport found = parse_chunk(chunk, last, on_event);
    last = found.last;
    add_chunk(found, lines, report);
  }
  if (Status status = is_a_history(report); !status) return status.error();
  return report;
}

Result<ReadReport> export_json_lines(const std::filesystem::path& history, std::ostream& out) {
  std::string buffer;
  Nanos last{};
  Result<ReadReport> report = read_history(history, [&](const EventView& event) {
    last = event.t;
    append_json_line(event, buffer);
    if (buffer.size() > 1U << 16U) {
      out << buffer;
      buffer.clear();
    }
  });
  if (!report) return report.error();
  if (const std::string gap = report->describe(); !gap.empty()) {
    EventView note;
    note.t = last;
    note.type = EventType::note;
    note.id = "unknown";
    note.by = "harness";
    note.detail = gap;
    append_json_line(note, buffer);
  }
  out << buffer << std::flush;
  if (!out) return environment_error("cannot write the JSON lines", "is the disk full?");
  return report;
}

}  // namespace stormproof
