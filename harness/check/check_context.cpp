#include "harness/check/check_context.h"

#include <fmt/core.h>

#include <algorithm>

namespace stormproof {

namespace {
bool is_operation(EventType type) {
  return type == EventType::invoke || type == EventType::ok || type == EventType::fail || type == EventType::info;
}
constexpr std::string_view kWitnessMark = "witness=";
}  // namespace

void CheckContext::begin(const EventView& event) {
  ++number_;
  now_ = std::max(now_, event.t);
  current_ = MessageTable::kNone;
  repeats_ = false;
  by_ = event.by.empty() ? Interner::kNone : messages_.names().intern(event.by);
  if (!is_operation(event.type) && event.type != EventType::effect) return;
  current_ = messages_.intern(event.id);
  if (event.seq != EventView::kNoSeq) has_seq_ = true;
  if (!event.digest.empty()) has_digest_ = true;
  if (event.type != EventType::effect) return;
  identify_surface(event);
  const std::uint32_t copies = messages_.copies_at(current_, surface_) + 1;
  repeats_ = copies > 1 && copies > messages_[current_].copies;
}

void CheckContext::pass(std::uint64_t events, std::uint64_t effects, Nanos latest, std::uint64_t waiting) {
  number_ += events;
  effects_ += effects;
  now_ = std::max(now_, latest);
  pending_.set_waiting(waiting);
}

void CheckContext::first_after_heal(const EventView& event) {
  if (event.type == EventType::effect) faults_.on_event(event);
}

void CheckContext::begin_replay(const EventView& event) {
  replaying_ = true;
  --number_;  // it was counted when it passed
  begin(event);
}

void CheckContext::apply_replay(const EventView& event) {
  event.type == EventType::effect ? apply_effect(event) : apply_operation(event);
}

void CheckContext::note_traits(const HistoryTraits& traits) {
  has_seq_ = traits.has_seq;
  has_digest_ = traits.has_digest;
}

void CheckContext::identify_surface(const EventView& event) {
  surface_ = 0;
  if (!surfaces_.empty()) {
    if (const auto declared = surfaces_.find(by_); declared != surfaces_.end()) {
      surface_ = declared->second;
      return;
    }
  }
  if (event.detail.substr(0, kWitnessMark.size()) != kWitnessMark) return;
  std::string_view name = event.detail.substr(kWitnessMark.size());
  name = name.substr(0, name.find(' '));
  const auto fresh = static_cast<std::uint16_t>(surfaces_.size() + 1);
  surface_ = surfaces_.try_emplace(messages_.names().intern(name), fresh).first->second;
}

bool CheckContext::corrupts(const EventView& event) const {
  if (event.digest.empty() || current_ == MessageTable::kNone) return false;
  const Message& message = messages_[current_];
  const bool compared =
      event.type == EventType::effect ? message.digest_sent : message.has_digest && !message.digest_sent;
  return compared && message.digest != digest_number(event.digest);
}

void CheckContext::apply(const EventView& event) {
  faults_.on_event(event);
  switch (event.type) {
    case EventType::invoke:
    case EventType::ok:
    case EventType::fail:
    case EventType::info: apply_operation(event); break;
    case EventType::effect: apply_effect(event); break;
    case EventType::note: apply_note(event); break;
    case EventType::process:
      has_processes_ = true;
      if (drain_entered_ && event.id == "stopping") driving_ = false;
      if (by_ != Interner::kNone) {
        roles_.resize(std::max<std::size_t>(roles_.size(), by_ + std::size_t{1}));
        roles_[by_] |= kProcess;
      }
      break;
    case EventType::phase:
      has_phases_ = true;
      driving_ = event.by == "drive" || (driving_ && event.by != "check");
      if (event.by == "drain") drain_entered_ = true;
      break;
    default: break;
  }
}

void CheckContext::attempt(Message& message, const EventView& event) {
  if (!message.attempted()) {
    message.invoked = event.t;
    message.invoked_no = number_;
  }
  if (message.key == Interner::kNone && !event.key.empty()) message.key = messages_.keys().intern(event.key);
  if (message.seq == EventView::kNoSeq) message.seq = event.seq;
  if (!event.digest.empty() && !message.digest_sent) {
    message.digest = digest_number(event.digest);
    message.has_digest = message.digest_sent = true;
  }
}

void CheckContext::apply_operation(const EventView& event) {
  if (corrupts(event)) ++corrupt_;
  Message& message = messages_[current_];
  attempt(message, event);
  if (event.type == EventType::invoke) {
    ++message.open;
    return;
  }
  if (message.open > 0) --message.open;
  const Outcome outcome = event.type == EventType::ok     ? Outcome::ok
                          : event.type == EventType::info ? Outcome::info
                                                          : Outcome::fail;
  if (outcome <= message.outcome) return;
  if (outcome == Outcome::ok) {
    if (!replaying_) pending_.acknowledged(message);
    message.ok_no = number_;
  }
  message.outcome = outcome;
  message.completed = event.t;
}

void CheckContext::apply_effect(const EventView& event) {
  if (corrupts(event)) ++corrupt_;
  if (!replaying_) ++effects_;
  Message& message = messages_[current_];
  if (message.key == Interner::kNone && !event.key.empty()) message.key = messages_.keys().intern(event.key);
  if (message.seq == EventView::kNoSeq) message.seq = event.seq;
  if (!event.digest.empty() && !message.has_digest) {
    message.digest = digest_number(event.digest);
    message.has_digest = true;
  }
  if (message.effects == 0) {
    message.first_effect = event.t;
    message.first_by = by_;
    if (message.attempted() && !replaying_) pending_.effected(message);
  }
  messages_.add_copy(current_, surface_);
}

void CheckContext::apply_note(const EventView& event) {
  const auto is_witness = [&] {
    if (by_ == Interner::kNone) return;
    roles_.resize(std::max<std::size_t>(roles_.size(), by_ + std::size_t{1}));
    roles_[by_] |= kWitness;
  };
  if (event.id == "drained") {
    last_drained_ = event.seq == EventView::kNoSeq ? now_ : Nanos(event.seq);  // seq: when the look began
    is_witness();
  } else if (event.id == "witness" && by_ != Interner::kNone) {
    is_witness();
    surfaces_.try_emplace(by_, static_cast<std::uint16_t>(surfaces_.size() + 1));
  } else if (event.id == "unknown" && event.by == "harness" && cut_short_.empty()) {
    cut_short_ = event.detail;
  }
}

std::string CheckContext::absence_proves_nothing() const {
  if (!history_gap_.empty()) return "the history itself is incomplete";
  if (!cut_short_.empty()) return cut_short_;
  if (effects_ == 0) return "no effect was observed at all";
  if (has_phases_ && !drain_entered_) return "the run ended before it came to its end";
  if (has_phases_ && !last_drained_) return "no witness was read to its end";
  return {};
}

bool CheckContext::was_looked_for(Nanos completed) const {
  if (last_drained_) return completed <= *last_drained_;
  const Nanos quiet_since = std::max(completed, faults_.last_heal().value_or(Nanos{}));
  return now_ - quiet_since >= settle_;
}

Anomaly CheckContext::about(const Message& message, std::string kind, Nanos t, std::uint32_t by) const {
  Anomaly anomaly;
  anomaly.kind = std::move(kind);
  anomaly.id = message.id();
  anomaly.key = key_text(message);
  anomaly.seq = message.seq;
  anomaly.t = t;
  anomaly.process = process_name(by);
  anomaly.fault = faults_.in_force_at(t);
  return anomaly;
}

std::string CheckContext::process_name(std::uint32_t by) const {
  if (by == Interner::kNone) return {};
  const std::uint8_t role = by < roles_.size() ? roles_[by] : 0;
  const bool process = (role & kProcess) != 0 || (!has_processes_ && (role & kWitness) == 0);
  return process ? messages_.names().text(by) : std::string();
}

std::string at_text(Nanos t) { return fmt::format("{:.3f}s", std::chrono::duration<double>(t).count()); }

}  // namespace stormproof
