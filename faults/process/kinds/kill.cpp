/// kill: SIGKILL to every replica of the target. A hit is a confirmed death. With `restart` the target stays down that
/// long and is then started again; without, its own restart policy decides.
#include "faults/catalog.h"
#include "faults/process/process_kind.h"

namespace stormproof {
namespace {

class Kill final : public ProcessFault {
 public:
  using ProcessFault::ProcessFault;

  Status inject(FaultContext& context) override {
    return strike_each(context, [&](const std::string& process) {
      Status killed = context.processes().kill(process, holds());
      if (!killed) return killed;
      hit();
      if (holds()) remember_held(process);
      return killed;
    });
  }
  Status heal(FaultContext& context) override { return start_held(context); }
};

std::unique_ptr<Fault> make(const PlannedFault& fault) { return std::make_unique<Kill>(fault); }

}  // namespace

constinit const FaultKind kill_kind{
    .info = {{.name = "kill", .summary = "SIGKILL: no chance to clean up"}, FaultScope::process, /*lasting=*/false},
    .make = make};

}  // namespace stormproof
