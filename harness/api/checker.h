/// The interface of every invariant: sees each event once, in order, then says what it found.
#pragma once

#include <memory>
#include <span>

#include "harness/api/kind_info.h"
#include "harness/model/event.h"
#include "harness/model/verdict.h"

namespace stormproof {

/// Bookkeeping shared by all invariants of one check, kept once (harness/check/message_table.h): for each message id
/// its outcome and effects so far, the faults in force, the time. An invariant sees it in the state before `event`.
class CheckContext;

/// What the events of a history carry; decides which invariants have to look at them.
struct HistoryTraits {
  bool has_seq = false;
  bool has_digest = false;
};

/// How much of a history an invariant has to see. The less, the less the checker keeps (harness/check/README.md).
enum class Sight {
  flow,      ///< type and time of each event, faults and pending work; of the messages none
  suspects,  ///< events of messages that may have been lost, repeated, not sent or sent in vain, and how many there are
  every_event,  ///< everything, with a Message for each id
};

/// What an invariant of Sight::flow sees of an operation or effect.
struct FlowEvent {
  Nanos t{};
  EventType type = EventType::note;
  bool pending = false;  ///< CheckContext::pending() before it
};

class Invariant {
 public:
  virtual ~Invariant() = default;
  /// Asked before the first event, and again when events turn out to carry more. `every_event` is always right. Below
  /// it the invariant takes its totals from CheckContext::census() where there is one.
  virtual Sight sight(const HistoryTraits&) const { return Sight::every_event; }
  virtual void on_event(const EventView& event, const CheckContext& context) = 0;
  /// In place of on_event for operations and effects, when `sight` is `flow`. No fault strikes or heals between them.
  virtual void on_flow(std::span<const FlowEvent>, const CheckContext&) {}
  virtual InvariantResult finish(const CheckContext& context) = 0;
};

struct InvariantKind {
  InvariantKindInfo info;
  std::unique_ptr<Invariant> (*make)(const Params& params) = nullptr;
};

}  // namespace stormproof
