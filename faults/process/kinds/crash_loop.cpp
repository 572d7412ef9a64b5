/// crash_loop: kills every replica of the target each time it is up again, `times` times. The target's restart policy
/// and its back-off bring it back; where the policy does not, the fault starts it itself. A hit is a confirmed death.
/// It is lasting: healing ends the loop early, and a target that is down then is started.
#include <map>

#include "faults/catalog.h"
#include "faults/process/process_kind.h"

namespace stormproof {
namespace {

constexpr Nanos kLook = std::chrono::milliseconds(5);

class CrashLoop final : public ProcessFault {
 public:
  using ProcessFault::ProcessFault;

  Status inject(FaultContext& context) override {
    return strike_each(context, [&](const std::string& process) { return crash(context, process); });
  }
  Status heal(FaultContext& context) override {
    healed_ = true;
    Status first;
    for (const auto& [process, crashes] : crashes_) {
      if (context.processes().state(process).phase != ProcessPhase::finished) continue;
      if (Status started = context.processes().start(process); !started && first) first = started;
    }
    crashes_.clear();
    return first;
  }

 private:
  Status crash(FaultContext& context, const std::string& process) {
    Status killed = context.processes().kill(process, /*hold=*/false);
    if (!killed) return killed;
    hit();
    ++crashes_[process];
    look_after(context, process, spec().params.duration("every"));
    return {};
  }
  void look_after(FaultContext& context, const std::string& process, Nanos pause) {
    context.after(pause, while_alive([this, &context, process] { look(context, process); }));
  }
  void look(FaultContext& context, const std::string& process) {
    if (healed_) return;
    const ProcessState state = context.processes().state(process);
    if (state.phase == ProcessPhase::finished) (void)context.processes().start(process);
    const bool more = crashes_[process] < spec().params.integer("times");
    if (!more && state.running) return;
    if (more && state.running && state.phase == ProcessPhase::ready && crash(context, process)) return;
    look_after(context, process, kLook);
  }

  std::map<std::string, std::int64_t> crashes_;
  bool healed_ = false;
};

std::unique_ptr<Fault> make(const PlannedFault& fault) { return std::make_unique<CrashLoop>(fault); }

constexpr ParamSpec kParams[] = {
    {.name = "times",
     .type = ParamType::integer,
     .help = "how often each replica is killed",
     .fallback = "5",
     .low = 1,
     .high = 1000},
    {.name = "every",
     .type = ParamType::duration,
     .help = "from one kill to the next at the earliest; the replica must be ready again",
     .fallback = "0ms"},
};

}  // namespace

constinit const FaultKind crash_loop_kind{
    .info = {{.name = "crash_loop", .summary = "killed again each time it is up, several times", .params = kParams},
             FaultScope::process},
    .make = make};

}  // namespace stormproof
