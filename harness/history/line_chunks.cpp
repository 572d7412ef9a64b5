#include "harness/history/line_chunks.h"

#include <algorithm>
#include <cstring>

#include "harness/history/json_lines.h"
#include "harness/history/json_plain.h"

namespace stormproof {

namespace {

constexpr std::size_t kChunk = 256 * 1024;

/// Length of the text up to and with its last line feed; 0 without any.
std::size_t whole_lines(const unsigned char* text, std::size_t size) {
  const void* const last = ::memrchr(text, '\n', size);
  return last == nullptr ? 0 : static_cast<std::size_t>(static_cast<const unsigned char*>(last) - text) + 1;
}

void take(ByteWindow& in, std::size_t size, LineChunk& chunk) {
  in.take(size, LineChunk::kSlack, chunk.bytes);
  chunk.size = size;
}

std::uint64_t skip_line(ByteWindow& in) {
  std::uint64_t skipped = 0;
  bool ended = false;
  while (!ended && in.fill(1) > 0) {
    const void* const found = std::memchr(in.data(), '\n', in.size());
    ended = found != nullptr;
    const std::size_t count =
        ended ? static_cast<std::size_t>(static_cast<const unsigned char*>(found) - in.data()) + 1 : in.size();
    in.consume(count);
    skipped += count;
  }
  return skipped;
}

/// `Sink` has add(event, line) for each event, with the line if it was a plain one, and quick(at, end, report), which
/// may take the line there by itself.
template <class Sink>
class ChunkParser {
 public:
  ChunkParser(const LineChunk& chunk, Nanos last, Sink& sink) : chunk_(chunk), sink_(sink) { report_.last = last; }

  ChunkReport parse() {
    if (chunk_.long_line > 0) {
      ++report_.lines;
      damage(chunk_.long_line, "is longer than 1 MiB");
      return report_;
    }
    const char* at = chunk_.text().data();
    const char* const end = at + chunk_.size;
    while (at != end) {
      if (sink_.quick(at, end, report_)) continue;
      const void* const feed = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
      const char* const next = feed == nullptr ? end : static_cast<const char*>(feed) + 1;
      line({at, static_cast<std::size_t>(next - at)}, feed != nullptr);
      at = next;
    }
    return std::move(report_);
  }

 private:
  void line(std::string_view whole, bool terminated) {
    std::string_view text = whole.substr(0, whole.size() - (terminated ? 1 : 0));
    ++report_.lines;
    const std::size_t size = text.size();
    EventView event;
    event.t = report_.last;
    const bool plain = parse_plain_json(text, event);
    if (!plain) {
      if (chunk_.offset == 0 && report_.lines == 1 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
      if (text.find_first_not_of(" \t\r") == std::string_view::npos) return;
      event = EventView{};
      event.t = report_.last;
      storage_.clear();
      if (const std::string trouble = parse_json_line(text, event, storage_); !trouble.empty()) {
        if (!terminated) report_.torn_tail = true;
        damage(size, trouble);
        return;
      }
    }
    report_.last = event.t;
    ++report_.events;
    sink_.add(event, plain && terminated ? whole : std::string_view());
  }

  void damage(std::uint64_t bytes, const std::string& what) {
    ++report_.damaged_lines;
    report_.damaged_bytes += bytes;
    if (!report_.damage.empty()) return;
    report_.damage = what;
    report_.damage_line = report_.lines;
  }

  const LineChunk& chunk_;
  Sink& sink_;
  ChunkReport report_;
  std::string storage_;
};

struct EventSink {
  const std::function<void(const EventView&)>& on_event;

  void add(const EventView& event, std::string_view) const { on_event(event); }
  static bool quick(const char*&, const char*, const ChunkReport&) { return false; }
};

struct BatchSink {
  LineShapes& shapes;
  Batch& batch;

  void add(const EventView& event, std::string_view plain_line) const {
    batch.add(event);
    if (is_plain(event.type)) shapes.learn(plain_line);
  }
  bool quick(const char*& at, const char* end, ChunkReport& report) const {
    LineShapes::Found found;
    if (!shapes.match(at, end, found)) return false;
    if (found.timed) report.last = Nanos(found.t);
    ++report.lines;
    ++report.events;
    batch.plain.push_back({report.last.count(), found.code.a, found.code.b | static_cast<std::uint64_t>(found.type)});
    batch.has_seq |= found.seq;
    batch.has_digest |= found.digest;
    batch.has_witness |= found.witness;
    return true;
  }
};

struct SelectingSink {
  LineShapes& shapes;
  const std::function<bool(const MessageCode&)>& wanted;
  const std::function<void(const EventView&)>& on_event;

  void add(const EventView& event, std::string_view plain_line) const {
    on_event(event);
    if (is_plain(event.type)) shapes.learn(plain_line);
  }
  bool quick(const char*& at, const char* end, ChunkReport& report) const {
    const char* next = at;
    LineShapes::Found found;
    if (!shapes.match(next, end, found) || wanted(found.code)) return false;
    at = next;
    if (found.timed) report.last = Nanos(found.t);
    ++report.lines;
    ++report.events;
    return true;
  }
};

}  // namespace

bool next_chunk(ByteWindow& in, LineChunk& chunk) {
  chunk.offset = in.offset();
  chunk.size = 0;
  chunk.long_line = 0;
  for (const std::size_t wanted : {kChunk, kMaxLine + 1}) {
    const std::size_t have = std::min(in.fill(wanted), wanted);
    if (have == 0) return false;
    const std::size_t whole = whole_lines(in.data(), have);
    const bool at_end = have < wanted;
    if (whole > 0 || at_end) {
      take(in, whole > 0 ? whole : have, chunk);
      return true;
    }
  }
  chunk.long_line = skip_line(in);
  return true;
}

bool chunk_again(ByteWindow& in, std::uint64_t offset, std::size_t size, LineChunk& chunk) {
  if (!in.seek(offset) || in.fill(size) < size) return false;
  chunk.offset = offset;
  chunk.long_line = 0;
  take(in, size, chunk);
  return true;
}

ChunkReport parse_chunk(const LineChunk& chunk, Nanos last, const std::function<void(const EventView&)>& on_event) {
  EventSink sink{on_event};
  return ChunkParser(chunk, last, sink).parse();
}

ChunkReport parse_chunk(const LineChunk& chunk, Nanos last, LineShapes& shapes, Batch& batch) {
  BatchSink sink{shapes, batch};
  return ChunkParser(chunk, last, sink).parse();
}

ChunkReport parse_chunk(const LineChunk& chunk, Nanos last, LineShapes& shapes,
                        const std::function<bool(const MessageCode&)>& wanted,
                        const std::function<void(const EventView&)>& on_event) {
  SelectingSink sink{shapes, wanted, on_event};
  return ChunkParser(chunk, last, sink).parse();
}

}  // namespace stormproof
