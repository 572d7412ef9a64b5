/// What all readers of text formats share: lines in, events out, damage counted.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "harness/foreign/event_source.h"
#include "harness/foreign/line_reader.h"

namespace stormproof {

/// What one line yields. Texts borrow from the line or are kept here until the next line.
class Yield {
 public:
  void add(const EventView& event) { events_.push_back(event); }
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  void clear() {
    events_.clear();
    kept_.clear();
  }
  const std::vector<EventView>& events() const { return events_; }

 private:
  std::vector<EventView> events_;
  std::deque<std::string> kept_;  // stable addresses
};

class LineSource : public EventSource {
 public:
  /// `name`: put before the line's number in reports of damage, "" where there is one file only.
  LineSource(ByteWindow in, std::string name) : lines_(std::move(in)), name_(std::move(name)) {
    report_.format = ReadReport::Format::json_lines;
  }

  bool next(EventView& event) final;
  const ReadReport& report() const final { return report_; }
  int error() const final { return lines_.error(); }

 protected:
  /// Parses a record that is not blank into `out`. Returns "" or what is wrong: "has no id".
  virtual std::string parse(std::string_view record, Yield& out) = 0;
  /// Does the record end with this line? Shown each line once, in order; false: it goes on in the next one.
  virtual bool closes(std::string_view) { return true; }
  /// The line certainly begins a record: one that was still open is damaged.
  virtual bool begins_record(std::string_view) const { return false; }
  /// The record shown to `closes` was given up.
  virtual void forget_record() {}
  /// What is known only at the end; called once.
  virtual void finish(Yield&) {}

 private:
  bool more();
  void take(const LineReader::Line& line);
  void damage(std::uint64_t bytes, std::uint64_t number, const std::string& what);
  void drop_pending(const std::string& what);

  LineReader lines_;
  std::string name_;
  ReadReport report_;
  Yield yield_;
  std::size_t given_ = 0;
  std::string pending_;              // a record of several lines, so far
  std::uint64_t pending_since_ = 0;  // its first line
  std::uint64_t pending_bytes_ = 0;
  bool ended_ = false;
  Nanos last_{};
};

}  // namespace stormproof
