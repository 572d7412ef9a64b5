/// pause: SIGSTOP to every replica of the target until heal, then SIGCONT: the process misses its deadlines and wakes
/// up with old beliefs. A replica that ends or is restarted meanwhile is left alone on heal.
#include <map>

#include "faults/catalog.h"
#include "faults/process/process_kind.h"

namespace stormproof {
namespace {

class Pause final : public ProcessFault {
 public:
  using ProcessFault::ProcessFault;

  Status inject(FaultContext& context) override {
    return strike_each(context, [&](const std::string& process) {
      const int starts = context.processes().state(process).starts;
      Status paused = context.processes().pause(process);
      if (!paused) return paused;
      hit();
      paused_.emplace(process, starts);
      return paused;
    });
  }
  Status heal(FaultContext& context) override {
    Status first;
    for (const auto& [process, starts] : std::exchange(paused_, {})) {
      const ProcessState state = context.processes().state(process);
      if (!state.running || state.starts != starts) continue;
      Status resumed = context.processes().resume(process);
      if (!resumed && first && context.processes().state(process).running) first = resumed;
    }
    return first;
  }

 private:
  std::map<std::string, int> paused_;  ///< and how often each had been started by then
};

std::unique_ptr<Fault> make(const PlannedFault& fault) { return std::make_unique<Pause>(fault); }

}  // namespace

constinit const FaultKind pause_kind{
    .info = {{.name = "pause", .summary = "SIGSTOP until healed, then SIGCONT"}, FaultScope::process}, .make = make};

}  // namespace stormproof
