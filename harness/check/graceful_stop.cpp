/// graceful_stop: a process that is asked to stop (SIGTERM) ends by itself, in time, with exit code 0.
///   unclean_exit   from a process's `stopping` to its next `exited`: another exit code than 0, a death by signal (by
///                  SIGKILL: it did not stop within its grace), or longer than `within`, if given.
/// A process that a fault of the kinds kill, oom or crash_loop strikes in between is excused. `target` limits the
/// judgement to one target ("client") or replica ("client/0"). Unknown when no process was asked to stop, or when the
/// end of one is not in the history.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include "harness/base/units.h"
#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

constexpr std::array<std::string_view, 3> kDeadly{"crash_loop", "kill", "oom"};

/// "client" and "client/0" select client/0.
bool selects(std::string_view selector, std::string_view process) {
  return process.substr(0, selector.size()) == selector &&
         (process.size() == selector.size() || process[selector.size()] == '/');
}

class GracefulStop final : public Invariant {
 public:
  GracefulStop(std::optional<Nanos> within, std::string target) : within_(within), target_(std::move(target)) {}

  Sight sight(const HistoryTraits&) const override { return Sight::flow; }
  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type == EventType::inject && std::find(kDeadly.begin(), kDeadly.end(), event.id) != kDeadly.end()) {
      for (auto& [process, stop] : stopping_) stop.excused |= selects(event.key, process);
    }
    if (event.type != EventType::process || (!target_.empty() && !selects(target_, event.by))) return;
    if (event.id == "stopping") {
      asked_ = true;
      stopping_.try_emplace(std::string(event.by), Stop{event.t, false});
    } else if (event.id == "exited") {
      const auto found = stopping_.find(event.by);
      if (found == stopping_.end()) return;
      if (!found->second.excused) judge(event, found->second, context);
      stopping_.erase(found);
    }
  }

  InvariantResult finish(const CheckContext&) override {
    std::string unknown;
    if (!stopping_.empty()) {
      unknown = "the end of " + stopping_.begin()->first + ", which was asked to stop, is not in the history";
    } else if (!asked_) {
      unknown = target_.empty() ? "no process was asked to stop" : "no process of " + target_ + " was asked to stop";
    }
    return findings_.result("graceful_stop", unknown);
  }

 private:
  struct Stop {
    Nanos t{};
    bool excused = false;
  };

  void judge(const EventView& event, const Stop& stop, const CheckContext& context) {
    const Nanos took = event.t - stop.t;
    const std::int64_t code = event.seq != EventView::kNoSeq ? event.seq : event.detail == "Completed" ? 0 : 1;
    const bool late = within_ && took > *within_;
    if (code == 0 && !late) return;
    findings_.add("unclean_exit", [&] {
      Anomaly anomaly;
      anomaly.kind = "unclean_exit";
      anomaly.t = event.t;
      anomaly.process = event.by;
      anomaly.fault = context.faults().in_force_at(event.t);
      anomaly.detail = words(code, took, event.detail);
      return anomaly;
    });
  }

  std::string words(std::int64_t code, Nanos took, std::string_view detail) const {
    constexpr std::int64_t kKilled = 128 + 9;
    constexpr std::int64_t kTerminated = 128 + 15;
    const std::string time = human_duration(took);
    if (code == kKilled)
      return fmt::format("had to be killed {} after SIGTERM: it did not stop within its grace", time);
    if (code == kTerminated) return fmt::format("died of SIGTERM after {}: it does not handle it", time);
    if (code == 0) return fmt::format("took {} to stop; {} allowed", time, print_duration(*within_));
    return fmt::format("ended with {} {} after SIGTERM", detail.empty() ? fmt::format("exit code {}", code) : detail,
                       time);
  }

  std::optional<Nanos> within_;
  std::string target_;
  bool asked_ = false;
  std::map<std::string, Stop, std::less<>> stopping_;
  Findings findings_;
};

constexpr ParamSpec kParams[] = {
    {.name = "within",
     .type = ParamType::duration,
     .help = "longest time from SIGTERM to the exit; default: the grace",
     .fallback = ""},
    {.name = "target", .type = ParamType::text, .help = "only this target or replica; default: all", .fallback = ""}};

constexpr std::string_view kDefinition =
    "unclean_exit: from a process's `stopping` to its next `exited`, an exit code other than 0, a death "
    "by signal, or longer than `within`. A process that kill, oom or crash_loop strikes in between is "
    "excused. Unknown when nobody was asked to stop.";

}  // namespace

const InvariantKind graceful_stop_kind{{{.name = "graceful_stop",
                                         .summary = "asked to stop, a process ends in time with code 0 (unclean_exit)",
                                         .params = kParams},
                                        "within",
                                        kDefinition},
                                       [](const Params& params) -> std::unique_ptr<Invariant> {
                                         std::optional<Nanos> within;
                                         if (params.has("within")) within = params.duration("within");
                                         return std::make_unique<GracefulStop>(
                                             within, params.has("target") ? params.text("target") : "");
                                       }};

}  // namespace stormproof
