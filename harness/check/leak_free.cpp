/// leak_free: after the faults a process holds no more descriptors and threads than before them.
///   leak   the lowest sample (gauges.h) of a process's `files` or `threads` after the last heal is above its highest
///          sample before the first injection by more than the parameter of that name allows. One anomaly for each
///          process and gauge.
/// Samples count while work is meant to flow (from the phase drive until the first process is asked to stop). A process
/// that is started again is judged by the samples of its last life against those of its name before the faults. Unknown
/// for want of samples on either side of the faults, and when nothing struck or healed.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/gauges.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class LeakFree final : public Invariant {
 public:
  LeakFree(std::int64_t files, std::int64_t threads, std::string target)
      : slack_{{{"files", files}, {"threads", threads}}}, target_(std::move(target)) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type == EventType::inject) forget_after();
    struck_ = struck_ || event.type == EventType::inject;
    if (event.type == EventType::process && event.id == "started") restarted(event.by);
    if (!is_gauge(event) || !context.driving() || !selects(target_, event.by)) return;
    if (!slack_.contains(std::string(event.key)) || context.faults().in_force() > 0) return;
    Level& level = levels_[{std::string(event.by), std::string(event.key)}];
    if (!struck_) {
      level.before = std::max(level.before.value_or(event.seq), event.seq);
    } else if (!level.after || event.seq <= *level.after) {
      level.after = event.seq;
      level.t = event.t;
    }
  }

  InvariantResult finish(const CheckContext& context) override {
    Findings findings;
    bool judged = false;
    for (const auto& [place, level] : levels_) {
      if (!level.before || !level.after) continue;
      judged = true;
      if (*level.after - *level.before <= slack_.at(place.second)) continue;
      findings.add("leak", [&, &place = place, &level = level] {
        Anomaly anomaly;
        anomaly.kind = "leak";
        anomaly.t = level.t;
        anomaly.process = place.first;
        anomaly.fault = context.faults().in_force_at(level.t);
        anomaly.detail = fmt::format("never fewer than {} after the last fault had healed, at most {} before the first",
                                     gauge_text(place.second, *level.after), gauge_text(place.second, *level.before));
        return anomaly;
      });
    }
    std::string unknown;
    if (!struck_ || context.faults().in_force() > 0) {
      unknown = struck_ ? "a fault never healed" : "no fault struck";
    } else if (!judged) {
      unknown = "no process was sampled both before the faults and after them";
    }
    return findings.result("leak_free", unknown);
  }

 private:
  struct Level {
    std::optional<std::int64_t> before;
    std::optional<std::int64_t> after;
    Nanos t{};
  };

  void forget_after() {
    for (auto& [place, level] : levels_) level.after.reset();
  }
  void restarted(std::string_view process) {
    for (auto& [place, level] : levels_) {
      if (place.first == process) level.after.reset();
    }
  }

  std::map<std::string, std::int64_t> slack_;  // by gauge
  std::string target_;
  bool struck_ = false;
  std::map<std::pair<std::string, std::string>, Level> levels_;  // by process and gauge
};

constexpr double kMost = 1e9;
constexpr ParamSpec kParams[] = {
    {.name = "files",
     .type = ParamType::integer,
     .help = "so many more descriptors may stay open",
     .fallback = "0",
     .low = 0,
     .high = kMost},
    {.name = "threads",
     .type = ParamType::integer,
     .help = "so many more threads may stay",
     .fallback = "0",
     .low = 0,
     .high = kMost},
    {.name = "target", .type = ParamType::text, .help = "only this target or replica; default: all"}};

constexpr std::string_view kDefinition =
    "leak: the lowest sample of a process's open files or threads after the last heal is above the highest before the "
    "first injection by more than the slack given. Samples are notes with id \"gauge\". Unknown without samples on "
    "both "
    "sides of the faults.";

}  // namespace

const InvariantKind leak_free_kind{
    {{.name = "leak_free",
      .summary = "descriptors and threads return to their level before the faults (leak)",
      .params = kParams},
     {},
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      return std::make_unique<LeakFree>(params.integer("files"), params.integer("threads"),
                                        params.has("target") ? params.text("target") : "");
    }};

}  // namespace stormproof
