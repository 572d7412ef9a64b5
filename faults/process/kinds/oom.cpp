/// oom: the kernel's OOM killer ends every replica of the target, by a memory limit below what it uses. A hit is a
/// death by OOM. Restarting as for kill.
#include "faults/catalog.h"
#include "faults/process/process_kind.h"

namespace stormproof {
namespace {

class Oom final : public ProcessFault {
 public:
  using ProcessFault::ProcessFault;

  Status inject(FaultContext& context) override {
    return strike_each(context, [&](const std::string& process) {
      Status exhausted = context.processes().exhaust_memory(process, holds());
      if (!exhausted) return exhausted;
      hit();
      if (holds()) remember_held(process);
      return exhausted;
    });
  }
  Status heal(FaultContext& context) override { return start_held(context); }
};

std::unique_ptr<Fault> make(const PlannedFault& fault) { return std::make_unique<Oom>(fault); }

}  // namespace

constinit const FaultKind oom_kind{
    .info = {{.name = "oom", .summary = "killed by the kernel for want of memory (OOMKilled)"},
             FaultScope::process,
             /*lasting=*/false,
             /*contains=*/true},
    .make = make};

}  // namespace stormproof
