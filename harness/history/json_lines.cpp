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

constexpr std::size_t kMaxLine = 1024 * 1024;

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

class JsonLinesReader {
 public:
  JsonLinesReader(ByteWindow& in, const std::function<void(const EventView&)>& on_event)
      : in_(in), on_event_(on_event) {}

  Result<ReadReport> read() {
    report_.format = ReadReport::Format::json_lines;
    while (next_line()) {
    }
    if (report_.events == 0 && report_.damaged_lines > 0) {
      return usage_error("no history: " + report_.damage,
                         "a history is a history.bin of `stormproof run`, or JSON lines with at least type and id");
    }
    return report_;
  }

 private:
  bool next_line() {
    std::size_t wanted = 4096;
    while (true) {
      const std::size_t have = in_.fill(wanted);
      if (have == 0) return false;
      const void* const found = std::memchr(in_.data(), '\n', have);
      if (found != nullptr) {
        const auto size = static_cast<std::size_t>(static_cast<const unsigned char*>(found) - in_.data());
        line(size, true);
        in_.consume(size + 1);
        return true;
      }
      if (have < wanted) {
        line(have, false);
        in_.consume(have);
        return true;
      }
      if (have > kMaxLine) {
        skip_long_line();
        return true;
      }
      wanted = have * 2;
    }
  }

  void line(std::size_t size, bool terminated) {
    ++number_;
    std::string_view text(reinterpret_cast<const char*>(in_.data()), size);
    if (number_ == 1 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) return;
    EventView event;
    event.t = last_;
    storage_.clear();
    const std::string trouble = parse_json_line(text, event, storage_);
    if (trouble.empty()) {
      last_ = event.t;
      ++report_.events;
      on_event_(event);
      return;
    }
    if (!terminated) report_.torn_tail = true;
    damage(size, trouble);
  }

  void skip_long_line() {
    ++number_;
    std::uint64_t skipped = 0;
    bool ended = false;
    while (!ended && in_.fill(1) > 0) {
      const void* const found = std::memchr(in_.data(), '\n', in_.size());
      ended = found != nullptr;
      const std::size_t count =
          ended ? static_cast<std::size_t>(static_cast<const unsigned char*>(found) - in_.data()) + 1 : in_.size();
      in_.consume(count);
      skipped += count;
    }
    damage(skipped, "is longer than 1 MiB");
  }

  void damage(std::uint64_t bytes, const std::string& what) {
    ++report_.damaged_lines;
    report_.damaged_bytes += bytes;
    if (report_.damage.empty()) report_.damage = "line " + std::to_string(number_) + " " + what;
  }

  ByteWindow& in_;
  const std::function<void(const EventView&)>& on_event_;
  ReadReport report_;
  std::uint64_t number_ = 0;
  Nanos last_{};
  std::string storage_;
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

Result<ReadReport> read_json_lines(ByteWindow& in, const std::function<void(const EventView&)>& on_event) {
  return JsonLinesReader(in, on_event).read();
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
