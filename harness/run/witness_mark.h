/// Where several witnesses see the same effects, the checker must be able to tell them apart (harness/check/README.md).
#pragma once

#include <string>
#include <utility>

#include "harness/api/recorder.h"

namespace stormproof {

/// A Recorder for one of several witnesses: announces the witness in the history, and marks effects that name a process
/// as theirs: detail = "witness=NAME". Any thread.
class WitnessMark final : public Recorder {
 public:
  WitnessMark(Recorder& next, std::string name, std::string_view kind)
      : next_(next), name_(std::move(name)), mark_("witness=" + name_) {
    next_.record({.type = EventType::note, .id = "witness", .by = name_, .detail = kind});
  }

  void record(EventView event) override {
    if (event.type != EventType::effect || event.by == name_) {
      next_.record(event);
      return;
    }
    std::string detail;
    if (!event.detail.empty()) detail.append(mark_).append(" ").append(event.detail);
    event.detail = detail.empty() ? std::string_view(mark_) : std::string_view(detail);
    next_.record(event);
  }
  LiveCounts counts() const override { return next_.counts(); }

 private:
  Recorder& next_;
  const std::string name_;
  const std::string mark_;
};

}  // namespace stormproof
