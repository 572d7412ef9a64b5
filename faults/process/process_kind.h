/// What the process kinds share: striking every replica of the fault's target, remembering which of them it keeps from
/// being restarted, and steps that outlive neither the fault nor the run.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "harness/api/fault.h"

namespace stormproof {

class ProcessFault : public Fault {
 public:
  /// `fault` outlives the object.
  explicit ProcessFault(const PlannedFault& fault) : fault_(fault) {}
  std::uint64_t hits() const override { return hits_; }

 protected:
  const FaultSpec& spec() const { return fault_.spec; }
  void hit() { ++hits_; }
  /// `restart` was given: the target stays down until heal, which the run calls after that time.
  bool holds() const { return fault_.spec.restart.has_value(); }

  /// Calls `strike` with each running replica of the target and stops at the first error; a replica that ended in the
  /// meantime is none. Replicas that do not run are noted in the history, they are no hits.
  Status strike_each(FaultContext& context, const std::function<Status(const std::string& process)>& strike);

  void remember_held(const std::string& process) { held_.insert(process); }
  /// Starts all that are held, and forgets them. Tries all, returns the first error.
  Status start_held(FaultContext& context);

  /// Wraps a callback so that it does nothing once the fault is destroyed.
  template <class Task>
  auto while_alive(Task task) const {
    return [alive = std::weak_ptr<int>(alive_), task = std::move(task)](auto... arguments) {
      if (!alive.expired()) task(arguments...);
    };
  }

 private:
  const PlannedFault& fault_;
  std::set<std::string> held_;
  std::uint64_t hits_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace stormproof
