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
  if (chunk.bytes.size() < size + LineChunk::kSlack) chunk.bytes.resize(size + LineChunk::kSlack);
  std::memcpy(chunk.bytes.data(), in.data(), size);
  chunk.size = size;
  in.consume(size);
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

class ChunkParser {
 public:
  ChunkParser(const LineChunk& chunk, Nanos last, const std::function<void(const EventView&)>& on_event)
      : chunk_(chunk), on_event_(on_event) {
    report_.last = last;
  }

  ChunkReport parse() {
    if (chunk_.long_line > 0) {
      ++report_.lines;
      damage(chunk_.long_line, "is longer than 1 MiB");
      return report_;
    }
    std::string_view rest = chunk_.text();
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const bool terminated = end != std::string_view::npos;
      line(terminated ? rest.substr(0, end) : rest, terminated);
      rest.remove_prefix(terminated ? end + 1 : rest.size());
    }
    return std::move(report_);
  }

 private:
  void line(std::string_view text, bool terminated) {
    ++report_.lines;
    const std::size_t size = text.size();
    EventView event;
    event.t = report_.last;
    if (!parse_plain_json(text, event)) {
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
    on_event_(event);
  }

  void damage(std::uint64_t bytes, const std::string& what) {
    ++report_.damaged_lines;
    report_.damaged_bytes += bytes;
    if (!report_.damage.empty()) return;
    report_.damage = what;
    report_.damage_line = report_.lines;
  }

  const LineChunk& chunk_;
  const std::function<void(const EventView&)>& on_event_;
  ChunkReport report_;
  std::string storage_;
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
  return ChunkParser(chunk, last, on_event).parse();
}

}  // namespace stormproof
