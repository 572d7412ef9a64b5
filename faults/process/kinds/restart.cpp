/// restart: a rolling restart. Each replica in turn is stopped gracefully and started again; the next one follows when
/// it is ready, after `gap`. A hit is a replica that was stopped and started. Healing ends the roll: what is down comes
/// up, what was not reached stays as it is.
#include <deque>

#include "faults/catalog.h"
#include "faults/process/process_kind.h"

namespace stormproof {
namespace {

constexpr Nanos kLook = std::chrono::milliseconds(5);

class Restart final : public ProcessFault {
 public:
  using ProcessFault::ProcessFault;

  Status inject(FaultContext& context) override {
    Status gathered = strike_each(context, [&](const std::string& process) {
      waiting_.push_back(process);
      return Status();
    });
    return gathered ? next(context) : gathered;
  }
  Status heal(FaultContext& context) override {
    healed_ = true;
    waiting_.clear();
    return start_held(context);
  }

 private:
  Status next(FaultContext& context) {
    while (!waiting_.empty()) {
      const std::string process = waiting_.front();
      waiting_.pop_front();
      // It may have ended while the others were restarted.
      if (!context.processes().state(process).running) continue;
      std::optional<Nanos> grace;
      if (spec().params.has("grace")) grace = spec().params.duration("grace");
      return context.processes().terminate(process, grace, /*hold=*/true,
                                           while_alive([this, &context, process](bool) { stopped(context, process); }));
    }
    return {};
  }
  void stopped(FaultContext& context, const std::string& process) {
    remember_held(process);
    // What cannot be started shows as a target that stays down.
    if (start_held(context)) hit();
    if (!healed_) await_ready(context, process);
  }
  void await_ready(FaultContext& context, const std::string& process) {
    const ProcessState state = context.processes().state(process);
    const bool settled = state.phase == ProcessPhase::ready || !state.running;
    const Nanos pause = settled ? spec().params.duration("gap") : kLook;
    context.after(pause, while_alive([this, &context, process, settled] {
                    if (healed_) return;
                    if (settled) {
                      (void)next(context);
                    } else {
                      await_ready(context, process);
                    }
                  }));
  }

  std::deque<std::string> waiting_;
  bool healed_ = false;
};

std::unique_ptr<Fault> make(const PlannedFault& fault) { return std::make_unique<Restart>(fault); }

constexpr ParamSpec kParams[] = {
    {.name = "gap",
     .type = ParamType::duration,
     .help = "from one replica being ready again to the next being stopped",
     .fallback = "0ms"},
    {.name = "grace", .type = ParamType::duration, .help = "from SIGTERM to SIGKILL (default: the target's own)"},
};

}  // namespace

constinit const FaultKind restart_kind{
    .info = {{.name = "restart", .summary = "rolling graceful restart, one replica after the other", .params = kParams},
             FaultScope::process,
             /*lasting=*/false},
    .make = make};

}  // namespace stormproof
