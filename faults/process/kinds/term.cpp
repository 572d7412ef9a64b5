/// term: SIGTERM to every replica of the target at once, SIGKILL to those that outlive the grace. A hit is an exit.
/// Restarting as for kill; one that is still stopping when it should start again is started as soon as it has ended.
#include "faults/catalog.h"
#include "faults/process/process_kind.h"

namespace stormproof {
namespace {

class Term final : public ProcessFault {
 public:
  using ProcessFault::ProcessFault;

  Status inject(FaultContext& context) override {
    std::optional<Nanos> grace;
    if (spec().params.has("grace")) grace = spec().params.duration("grace");
    return strike_each(context, [&](const std::string& process) {
      const auto ended = [this, &context, process](bool killed) {
        (void)killed;
        hit();
        if (!holds()) return;
        remember_held(process);
        if (healed_) (void)start_held(context);
      };
      return context.processes().terminate(process, grace, holds(), while_alive(ended));
    });
  }
  Status heal(FaultContext& context) override {
    healed_ = true;
    return start_held(context);
  }

 private:
  bool healed_ = false;
};

std::unique_ptr<Fault> make(const PlannedFault& fault) { return std::make_unique<Term>(fault); }

constexpr ParamSpec kParams[] = {
    {.name = "grace", .type = ParamType::duration, .help = "from SIGTERM to SIGKILL (default: the target's own)"},
};

}  // namespace

constinit const FaultKind term_kind{
    .info = {{.name = "term", .summary = "SIGTERM, and SIGKILL after the grace period", .params = kParams},
             FaultScope::process,
             /*lasting=*/false},
    .make = make};

}  // namespace stormproof
