#include "harness/history/operation_phases.h"

#include <algorithm>

#include "harness/base/assert.h"
#include "harness/base/rng.h"

namespace stormproof {
namespace {

constexpr std::array<std::string_view, kOperationPhases> kNames = {
    "before-send", "sent-unacked", "received-unstored", "stored-unacked", "settled",
    "idle",        "recovery",     "handover",          "overlap",
};

std::uint64_t& number(Strike& strike, OperationPhase phase) { return strike.met[static_cast<std::size_t>(phase)]; }

}  // namespace

std::string_view to_string(OperationPhase phase) { return kNames[static_cast<std::size_t>(phase)]; }

std::optional<OperationPhase> operation_phase_from(std::string_view word) {
  const auto found = std::find(kNames.begin(), kNames.end(), word);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<OperationPhase>(found - kNames.begin());
}

void OperationPhases::watch(std::string_view id) {
  STORMPROOF_ASSERT(invoked_ == 0 && strikes_.empty(), "watch messages before the first event");
  watched_.try_emplace(std::string(id));
}

void OperationPhases::on_event(const EventView& event) {
  switch (event.type) {
    case EventType::invoke: invoked(event); break;
    case EventType::ok: answered(event, true); break;
    case EventType::fail: answered(event, false); break;
    case EventType::effect: stored(event); break;
    case EventType::inject: injected(event); break;
    case EventType::heal:
      if (in_force_.erase({std::string(event.by), std::string(event.key)}) > 0) healed_.emplace(event.by);
      break;
    case EventType::process: process(event); break;
    case EventType::phase:
      if (event.by == "drive") driving_ = true;
      break;
    case EventType::info:
    case EventType::bite:
    case EventType::note:
    case EventType::anomaly: break;
  }
}

std::uint32_t OperationPhases::key_of(std::string_view key) {
  const auto [place, fresh] = key_numbers_.try_emplace(std::string(key), static_cast<std::uint32_t>(keys_.size()));
  if (fresh) keys_.emplace_back();
  return place->second;
}

OperationPhase OperationPhases::phase(const Message& message) const {
  if (message.stored) return message.answered ? OperationPhase::settled : OperationPhase::stored_unacked;
  if (message.fetched) {
    return keys_[message.key].begun ? OperationPhase::received_unstored : OperationPhase::before_send;
  }
  return message.answered ? OperationPhase::received_unstored : OperationPhase::sent_unacked;
}

void OperationPhases::count(const Message& message, int by) {
  const auto add = [by](std::uint64_t& counter) { counter = by > 0 ? counter + 1 : counter - 1; };
  if (message.stored) {
    add(message.answered ? settled_ : stored_unacked_);
  } else if (message.fetched) {
    add(keys_[message.key].fetched_unstored);
  } else {
    add(message.answered ? acked_unstored_ : sent_unacked_);
  }
}

void OperationPhases::invoked(const EventView& event) {
  ++invoked_;
  Message message;
  message.key = key_of(event.key);
  message.fetched = !driving_;
  pushed_ = pushed_ || driving_;
  if (const auto found = watched_.find(event.id); found != watched_.end() && !found->second.message) {
    found->second.message = message;
  }
  if (in_flight_.size() >= kMessagesMost) {
    complete_ = false;
    return;
  }
  // Sent again under the same id: what is known of it stays.
  if (in_flight_.try_emplace(hash64(event.id), message).second) count(message, 1);
}

template <class Change>
void OperationPhases::change(std::string_view id, Change change) {
  if (const auto found = watched_.find(id); found != watched_.end() && found->second.message) {
    change(*found->second.message);
  }
  const auto found = in_flight_.find(hash64(id));
  if (found == in_flight_.end()) return;
  count(found->second, -1);
  change(found->second);
  count(found->second, 1);
  if (found->second.stored && found->second.answered) in_flight_.erase(found);
}

void OperationPhases::answered(const EventView& event, bool happened) {
  change(event.id, [happened](Message& message) {
    message.answered = true;
    if (!happened) message.stored = true;  // nothing more is to come
  });
}

void OperationPhases::stored(const EventView& event) {
  healed_.clear();
  keys_[key_of(event.key)].begun = true;
  change(event.id, [this](Message& message) {
    keys_[message.key].begun = true;
    message.stored = true;
  });
}

bool OperationPhases::recovering(const std::string& fault) const {
  if (std::any_of(healed_.begin(), healed_.end(), [&](const std::string& healed) { return healed != fault; })) {
    return true;
  }
  // What the same fault did to another replica a moment ago is the same accident.
  return std::any_of(down_.begin(), down_.end(), [&](const std::string& process) {
    const auto cause = struck_by_.find(process);
    return cause == struck_by_.end() || cause->second != fault;
  });
}

void OperationPhases::injected(const EventView& event) {
  const std::string name(event.by), on(event.key);
  Strike strike{name, std::string(event.id), on, event.t, {}};
  number(strike, OperationPhase::sent_unacked) = sent_unacked_;
  number(strike, OperationPhase::received_unstored) = acked_unstored_;
  number(strike, OperationPhase::stored_unacked) = stored_unacked_;
  number(strike, OperationPhase::settled) = settled_;
  for (const Key& key : keys_) {
    number(strike, key.begun ? OperationPhase::received_unstored : OperationPhase::before_send) += key.fetched_unstored;
  }
  const bool in_flight = strike.has_met(OperationPhase::sent_unacked) ||
                         strike.has_met(OperationPhase::received_unstored) ||
                         strike.has_met(OperationPhase::stored_unacked);
  number(strike, OperationPhase::idle) = in_flight ? 0 : 1;
  number(strike, OperationPhase::recovery) = recovering(name) ? 1 : 0;
  number(strike, OperationPhase::handover) = stopping_.empty() ? 0 : 1;
  number(strike, OperationPhase::overlap) =
      std::any_of(in_force_.begin(), in_force_.end(), [&](const auto& other) { return other.first != name; }) ? 1 : 0;
  strikes_.push_back(std::move(strike));
  invoked_before_.push_back(invoked_);
  for (auto& [id, watched] : watched_) {
    watched.at.push_back(watched.message ? phase(*watched.message) : OperationPhase::before_send);
  }
  in_force_.emplace(name, on);
  struck_by_[on] = name;
}

void OperationPhases::process(const EventView& event) {
  const std::string name(event.by);
  if (event.id == "stopping") stopping_.insert(name);
  if (event.id == "exited") {
    stopping_.erase(name);
    if (driving_) down_.insert(name);
  }
  if (event.id == "ready") down_.erase(name);
}

void OperationPhases::finish() {
  for (std::size_t i = 0; i < strikes_.size(); ++i) {
    number(strikes_[i], OperationPhase::before_send) += invoked_ - invoked_before_[i];
  }
  invoked_before_.assign(strikes_.size(), invoked_);
}

std::optional<OperationPhase> OperationPhases::phase_of(std::string_view id, std::size_t strike) const {
  const auto found = watched_.find(id);
  if (found == watched_.end() || !found->second.message || strike >= found->second.at.size()) return std::nullopt;
  return found->second.at[strike];
}

}  // namespace stormproof
