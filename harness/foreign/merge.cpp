#include "harness/foreign/merge.h"

#include <algorithm>

namespace stormproof {

namespace {
/// Later than any time since the start of a run; earlier than any date worth a history.
constexpr Nanos kDates = std::chrono::hours(24 * 365 * 3);
}  // namespace

Merge::Merge(std::vector<std::unique_ptr<EventSource>> sources) {
  for (auto& source : sources) heads_.push_back({std::move(source), {}, false});
  std::optional<Nanos> earliest;
  for (Head& head : heads_) {
    advance(head);
    if (head.any) earliest = std::min(earliest.value_or(head.event.t), head.event.t);
  }
  if (earliest && *earliest > kDates) origin_ = *earliest;
  sum_up();
}

void Merge::advance(Head& head) { head.any = head.source->next(head.event); }

bool Merge::next(EventView& event) {
  if (given_ != nullptr) advance(*given_);
  given_ = nullptr;
  for (Head& head : heads_) {
    if (head.any && (given_ == nullptr || head.event.t < given_->event.t)) given_ = &head;
  }
  if (given_ == nullptr) {
    sum_up();
    return false;
  }
  event = given_->event;
  event.t -= origin_;
  return true;
}

int Merge::error() const {
  for (const Head& head : heads_) {
    if (head.source->error() != 0) return head.source->error();
  }
  return 0;
}

void Merge::sum_up() {
  report_ = {};
  report_.format = ReadReport::Format::json_lines;
  for (const Head& head : heads_) {
    const ReadReport& part = head.source->report();
    report_.events += part.events;
    report_.damaged_bytes += part.damaged_bytes;
    report_.damaged_lines += part.damaged_lines;
    report_.torn_tail = report_.torn_tail || part.torn_tail;
    if (report_.damage.empty()) report_.damage = part.damage;
  }
}

}  // namespace stormproof
