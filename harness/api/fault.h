/// The interface of every fault. See faults/ADDING_A_FAULT.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "harness/api/kind_info.h"
#include "harness/api/link.h"
#include "harness/api/process.h"
#include "harness/api/recorder.h"
#include "harness/model/plan.h"

namespace stormproof {

/// What a fault may use. Valid from make() until the fault is destroyed; all on the run's event-loop thread.
class FaultContext {
 public:
  virtual ~FaultContext() = default;
  virtual ProcessControl& processes() = 0;
  virtual LinkControl& links() = 0;
  virtual const Clock& clock() const = 0;
  virtual Recorder& recorder() = 0;
  /// Runs `task` on the event loop after `delay`, unless the run ends before. For faults that act in steps.
  virtual void after(Nanos delay, std::function<void()> task) = 0;
};

class Fault {
 public:
  virtual ~Fault() = default;
  /// Puts the fault into effect; returns once it can be observed. Called at most once. A failure means that the
  /// machine cannot do it, or that its target was not there to be struck; heal is called all the same.
  virtual Status inject(FaultContext& context) = 0;
  /// Undoes it. Idempotent; also called after a failed inject and on every abort path.
  virtual Status heal(FaultContext& context) = 0;
  /// How often it really bit. Zero at the end makes the verdict unknown.
  virtual std::uint64_t hits() const = 0;
};

struct FaultKind {
  FaultKindInfo info;
  /// `fault` outlives the object. Params are already checked against info.params.
  std::unique_ptr<Fault> (*make)(const PlannedFault& fault) = nullptr;
  /// Makes only what `make`'s fault arms on the link; it keeps nothing of `fault`. Null for kinds that arm nothing:
  /// those that strike processes, and `down`.
  std::shared_ptr<LinkFault> (*make_link)(const PlannedFault& fault) = nullptr;
};

}  // namespace stormproof
