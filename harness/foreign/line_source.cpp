#include "harness/foreign/line_source.h"

namespace stormproof {

bool LineSource::next(EventView& event) {
  while (given_ == yield_.events().size()) {
    if (!more()) return false;
  }
  event = yield_.events()[given_++];
  if (event.t == Nanos::min()) event.t = last_;  // the format has no time, or the record none
  last_ = event.t;
  ++report_.events;
  return true;
}

bool LineSource::more() {
  yield_.clear();
  given_ = 0;
  if (ended_) return false;
  LineReader::Line line;
  if (lines_.next(line)) {
    take(line);
    return true;
  }
  ended_ = true;
  if (!pending_.empty()) {
    report_.torn_tail = true;
    drop_pending("stops in the middle of a record");
  }
  finish(yield_);
  return true;
}

void LineSource::take(const LineReader::Line& line) {
  if (!pending_.empty() && (line.too_long || begins_record(line.text))) drop_pending("is not closed");
  if (line.too_long) {
    damage(line.bytes, lines_.number(), "is longer than 1 MiB");
    return;
  }
  if (pending_.empty() && line.text.find_first_not_of(" \t") == std::string_view::npos) return;
  if (pending_.empty()) pending_since_ = lines_.number();
  const bool closed = closes(line.text);
  pending_bytes_ += line.bytes;
  if (!closed) {
    pending_.append(pending_.empty() ? "" : "\n").append(line.text);
    if (!line.terminated) report_.torn_tail = true;
    if (!line.terminated || pending_.size() > LineReader::kLongest) drop_pending("is not closed");
    return;
  }
  const std::string_view record = pending_.empty() ? line.text : yield_.keep(pending_.append("\n").append(line.text));
  if (const std::string trouble = parse(record, yield_); !trouble.empty()) {
    yield_.clear();
    if (!line.terminated) report_.torn_tail = true;
    damage(pending_bytes_, pending_since_, trouble);
  }
  pending_.clear();
  pending_bytes_ = 0;
}

void LineSource::drop_pending(const std::string& what) {
  damage(pending_bytes_, pending_since_, what);
  forget_record();
  pending_.clear();
  pending_bytes_ = 0;
}

void LineSource::damage(std::uint64_t bytes, std::uint64_t number, const std::string& what) {
  ++report_.damaged_lines;
  report_.damaged_bytes += bytes;
  if (!report_.damage.empty()) return;
  report_.damage = (name_.empty() ? "" : name_ + " ") + "line " + std::to_string(number) + " " + what;
}

}  // namespace stormproof
