#include "tests/harness/check/render_result.h"

#include <fmt/core.h>

#include "harness/base/units.h"

namespace stormproof {

namespace {

std::string seconds(Nanos t) { return fmt::format("{:.3f}", std::chrono::duration<double>(t).count()); }

std::string render(const Anomaly& anomaly) {
  std::string text = "  " + anomaly.kind;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += fmt::format(" {}={}", name, value);
  };
  add("id", anomaly.id);
  add("key", anomaly.key);
  if (anomaly.seq != EventView::kNoSeq) add("seq", std::to_string(anomaly.seq));
  add("t", seconds(anomaly.t));
  add("process", anomaly.process);
  text += "\n";
  if (!anomaly.fault.empty()) text += "    fault: " + anomaly.fault + "\n";
  if (!anomaly.detail.empty()) text += "    " + anomaly.detail + "\n";
  return text;
}

std::string render(const FaultObservation& fault) {
  std::string text = fmt::format("fault {} kind={} on={}{}", fault.name, fault.kind, fault.on,
                                 fault.fired ? fmt::format(" hits={}", fault.hits) : " never fired");
  if (fault.injected_at) text += " injected=" + seconds(*fault.injected_at);
  if (fault.healed_at) text += " healed=" + seconds(*fault.healed_at);
  if (fault.recovery) text += " recovery=" + human_duration(*fault.recovery);
  return text + "\n";
}

}  // namespace

std::string render_result(const CheckResult& result) {
  std::string text = fmt::format("verdict {}\n", to_string(result.verdict));
  const Counts& counts = result.counts;
  const std::pair<const char*, std::uint64_t> all[] = {{"attempted", counts.attempted},
                                                       {"acked", counts.acked},
                                                       {"failed", counts.failed},
                                                       {"info", counts.info},
                                                       {"effects", counts.effects},
                                                       {"recovered", counts.recovered},
                                                       {"lost", counts.lost},
                                                       {"duplicate", counts.duplicate},
                                                       {"phantom", counts.phantom},
                                                       {"corrupt", counts.corrupt},
                                                       {"reordered", counts.reordered},
                                                       {"gap", counts.gap},
                                                       {"aborted_read", counts.aborted_read}};
  text += "counts";
  for (const auto& [name, value] : all) {
    if (value > 0) text += fmt::format(" {}={}", name, value);
  }
  text += "\n";
  for (const FaultObservation& fault : result.faults) text += render(fault);
  for (const InvariantResult& invariant : result.invariants) {
    text += fmt::format("{} {}", invariant.name, to_string(invariant.verdict));
    if (invariant.anomalies_total > 0) text += fmt::format(" ({})", invariant.anomalies_total);
    if (!invariant.unknown_because.empty()) text += ": " + invariant.unknown_because;
    text += "\n";
    for (const Anomaly& anomaly : invariant.anomalies) text += render(anomaly);
  }
  for (const std::string& cause : result.unknown_because) text += "unknown because " + cause + "\n";
  return text;
}

}  // namespace stormproof
