#include "faults/process/process_kind.h"

#include <utility>

namespace stormproof {

Status ProcessFault::strike_each(FaultContext& context,
                                 const std::function<Status(const std::string& process)>& strike) {
  ProcessControl& processes = context.processes();
  const std::vector<std::string> replicas = processes.resolve(spec().target);
  if (replicas.empty()) {
    return internal_error("fault " + spec().name + ": there is no target '" + spec().target + "'");
  }
  for (const std::string& process : replicas) {
    if (processes.state(process).running) {
      const Status struck = strike(process);
      if (struck) continue;
      if (processes.state(process).running) return struck;
    }
    const std::string detail = process + " was not running when " + spec().kind + " struck";
    context.recorder().record({.type = EventType::note, .by = spec().name, .detail = detail});
  }
  return {};
}

Status ProcessFault::start_held(FaultContext& context) {
  Status first;
  for (const std::string& process : std::exchange(held_, {})) {
    if (Status started = context.processes().start(process); !started && first) first = started;
  }
  return first;
}

}  // namespace stormproof
