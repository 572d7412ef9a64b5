/// Several histories as one, by time.
#pragma once

#include <memory>
#include <vector>

#include "harness/foreign/event_source.h"

namespace stormproof {

class Merge final : public EventSource {
 public:
  /// Equal times: the source that was named first. Dates become times since the earliest first event.
  explicit Merge(std::vector<std::unique_ptr<EventSource>> sources);

  bool next(EventView& event) override;
  const ReadReport& report() const override { return report_; }
  int error() const override;

 private:
  struct Head {
    std::unique_ptr<EventSource> source;
    EventView event;
    bool any = false;
  };
  void advance(Head& head);
  void sum_up();

  std::vector<Head> heads_;
  Head* given_ = nullptr;  // its event was given last: replaced at the next call
  Nanos origin_{};
  ReadReport report_;
};

}  // namespace stormproof
