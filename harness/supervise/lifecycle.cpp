#include "harness/supervise/lifecycle.h"

#include "harness/base/assert.h"

namespace stormproof {

std::string_view reason_of(const ExitStatus& exit) {
  if (exit.oom) return "OOMKilled";
  return exit.success() ? "Completed" : "Error";
}

std::string describe(const ExitStatus& exit) {
  std::string text(reason_of(exit));
  if (exit.signal != 0) return text + " signal=" + std::to_string(exit.signal);
  if (exit.code != 0) return text + " code=" + std::to_string(exit.code);
  return text;
}

std::string_view to_string(LifecycleType type) {
  switch (type) {
    case LifecycleType::started: return "started";
    case LifecycleType::ready: return "ready";
    case LifecycleType::exited: return "exited";
    case LifecycleType::backoff: return "backoff";
    case LifecycleType::stopping: return "stopping";
    case LifecycleType::paused: return "paused";
    case LifecycleType::resumed: return "resumed";
  }
  STORMPROOF_ASSERT(false, "unknown lifecycle type");
}

}  // namespace stormproof
