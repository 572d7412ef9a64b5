#include "harness/check/evidence.h"

#include <algorithm>

namespace stormproof {

namespace {
/// More are not listed; then every place is read again and the states are asked about each message.
constexpr std::size_t kListed = 1'000'000;
}  // namespace

Evidence::Evidence(const MessageStates& states, Missing missing)
    : states_(states), missing_(missing), repeated_(states.repeated()) {
  MessageStates::Suspects found = states.suspects(kListed, missing != Missing::none);
  for (std::size_t why = 1; why < limits_.size(); ++why) {
    const bool all = static_cast<Suspicion>(why) == Suspicion::missing && missing == Missing::all;
    limits_[why] =
        all ? found.totals[why] : std::min<std::uint64_t>(found.totals[why], InvariantResult::kAnomaliesKept);
  }
  if (found.codes.size() > kListed) return;
  const std::vector<MessageCode> repeated = states.repeated();
  found.codes.insert(found.codes.end(), repeated.begin(), repeated.end());
  list_ = &suspects_.emplace(std::move(found.codes));
}

std::uint64_t Evidence::at_most() const { return limits_[1] + limits_[2] + limits_[3] + repeated_.size(); }

bool Evidence::admit(const MessageCode& code) {
  const MessageCode known = states_.table_code(code);
  if (is_admitted_.count(known) > 0) return true;
  const bool repeated = repeated_.has(known);
  const Suspicion why = states_.suspicion(code);
  std::uint64_t& kept = kept_[static_cast<std::size_t>(why)];
  const bool among_the_first = why != Suspicion::none && kept < limits_[static_cast<std::size_t>(why)];
  if (!repeated && !among_the_first) return false;
  if (among_the_first) ++kept;
  if (repeated) ++repeated_kept_;
  is_admitted_.insert(known);
  admitted_.push_back(known);
  narrow();
  return true;
}

/// Once the first of each kind are known the others need not be found any more.
void Evidence::narrow() {
  if (kept_only_ || repeated_kept_ < repeated_.size() ||
      !std::equal(kept_.begin() + 1, kept_.end(), limits_.begin() + 1)) {
    return;
  }
  list_ = &kept_only_.emplace(admitted_);
}

bool Evidence::wants(const Place& place) const {
  const SuspectList* const list = list_;
  return list == nullptr || place.b == 0 || !states_.is_dense(place.b) ||
         list->any_between(place.b, place.lowest, place.highest);
}

bool Evidence::wants(const MessageCode& code) const {
  const MessageCode known = states_.table_code(code);
  if (const SuspectList* const list = list_) return list->has(known);
  const Suspicion why = states_.suspicion(code);
  return (why != Suspicion::none && limits_[static_cast<std::size_t>(why)] > 0) || repeated_.has(known);
}

bool Evidence::wants_any(std::span<const PlainEvent> events) const {
  const SuspectList* const list = list_;
  if (list == nullptr) return true;
  return std::any_of(events.begin(), events.end(),
                     [&](const PlainEvent& event) { return list->has(states_.table_code(event.code())); });
}

}  // namespace stormproof
