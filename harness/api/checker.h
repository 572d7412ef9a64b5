/// The interface of every invariant: sees each event once, in order, then says what it found.
#pragma once

#include <memory>

#include "harness/api/kind_info.h"
#include "harness/model/event.h"
#include "harness/model/verdict.h"

namespace stormproof {

/// Bookkeeping shared by all invariants of one check, kept once (harness/check/message_table.h): for each message id
/// its outcome and effects so far, the faults in force, the time. An invariant sees it in the state before `event`.
class CheckContext;

class Invariant {
 public:
  virtual ~Invariant() = default;
  virtual void on_event(const EventView& event, const CheckContext& context) = 0;
  virtual InvariantResult finish(const CheckContext& context) = 0;
};

struct InvariantKind {
  InvariantKindInfo info;
  std::unique_ptr<Invariant> (*make)(const Params& params) = nullptr;
};

}  // namespace stormproof
