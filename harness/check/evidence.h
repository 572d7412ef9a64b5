/// Which suspects are kept with their events, and where those are. Of each kind the first in the history are, as many
/// as a verdict shows; once these are known only they are looked for.
#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "harness/check/message_states.h"
#include "harness/check/suspect_list.h"
#include "harness/history/batch_reader.h"

namespace stormproof {

/// What becomes of acknowledged messages without an effect.
enum class Missing {
  none,   ///< nothing can be said about them: no evidence
  first,  ///< the first are lost
  all     ///< some may only not have been looked for: all are kept, to be told apart
};

class Evidence final : public Selection {
 public:
  /// `states` must outlive it and be complete.
  Evidence(const MessageStates& states, Missing missing);

  bool empty() const { return suspects_ && suspects_->empty(); }
  /// How many messages may be kept.
  std::uint64_t at_most() const;

  /// The next event that was wanted, in order: whether it is kept. One thread at a time.
  bool admit(const MessageCode& code);

  bool wants(const Place& place) const override;
  bool wants(const MessageCode& code) const override;
  bool wants_any(std::span<const PlainEvent> events) const override;

 private:
  using Suspicion = MessageStates::Suspicion;
  bool open(Suspicion why) const;
  void narrow();

  const MessageStates& states_;
  Missing missing_;
  std::array<std::uint64_t, 4> limits_{};  // by Suspicion
  std::array<std::uint64_t, 4> kept_{};
  SuspectList repeated_;
  std::size_t repeated_kept_ = 0;
  std::optional<SuspectList> suspects_;  // nullopt: too many to be listed
  std::optional<SuspectList> kept_only_;
  std::atomic<const SuspectList*> list_{nullptr};  // what is looked for; nullptr: every suspect
  std::vector<MessageCode> admitted_;
  std::unordered_set<MessageCode, SuspectList::Hash> is_admitted_;
};

}  // namespace stormproof
