#include "harness/run/silent_links.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/model/link_cuts.h"

namespace stormproof {

namespace {

bool strikes_link(const PlannedFault& fault, const std::string& link) {
  return fault.spec.link == link ||
         std::any_of(fault.cuts.begin(), fault.cuts.end(), [&](const LinkCut& cut) { return cut.link == link; });
}

bool watches(const TriggerSpec& trigger, const std::string& link) { return trigger.link == link; }

bool holds(const Params& params, const std::string& placeholder) {
  return std::any_of(params.entries().begin(), params.entries().end(), [&](const auto& entry) {
    const std::string* text = std::get_if<std::string>(&entry.second.value);
    const auto* list = std::get_if<std::vector<std::string>>(&entry.second.value);
    const auto found = [&](const std::string& part) { return part.find(placeholder) != std::string::npos; };
    return (text != nullptr && found(*text)) || (list != nullptr && std::any_of(list->begin(), list->end(), found));
  });
}

bool named(const Plan& plan, const std::string& link) {
  const Scenario& scenario = plan.scenario;
  const std::string placeholder = "{links." + link + '}';
  return std::any_of(plan.faults.begin(), plan.faults.end(),
                     [&](const PlannedFault& fault) {
                       return strikes_link(fault, link) || watches(fault.spec.when, link) ||
                              (fault.spec.until && watches(*fault.spec.until, link));
                     }) ||
         std::any_of(scenario.targets.begin(), scenario.targets.end(),
                     [&](const TargetSpec& target) { return uses_link(target, link); }) ||
         (scenario.source && holds(scenario.source->params, placeholder)) ||
         std::any_of(scenario.witnesses.begin(), scenario.witnesses.end(),
                     [&](const WitnessSpec& witness) { return holds(witness.params, placeholder); });
}

/// A fault that fired on the link was met by connections, or lets none be seen.
bool kept_shut(const Plan& plan, std::span<const FaultKind* const> kinds, const std::string& link,
               const std::vector<FaultSummary>& faults) {
  return std::any_of(plan.faults.begin(), plan.faults.end(), [&](const PlannedFault& fault) {
    if (!strikes_link(fault, link)) return false;
    const auto summary = std::find_if(faults.begin(), faults.end(),
                                      [&](const FaultSummary& one) { return one.name == fault.spec.name; });
    if (summary == faults.end() || !summary->fired) return false;
    const bool whole = std::any_of(kinds.begin(), kinds.end(), [&](const FaultKind* kind) {
      return kind->info.name == fault.spec.kind && kind->info.whole_link;
    });
    return summary->hits > 0 || whole;
  });
}

}  // namespace

std::vector<std::string> reasons_of_silent_links(const Plan& plan, std::span<const FaultKind* const> kinds,
                                                 const std::vector<LinkTraffic>& traffic,
                                                 const std::vector<FaultSummary>& faults) {
  std::vector<std::string> reasons;
  for (const LinkTraffic& link : traffic) {
    if (link.bytes > 0 || !named(plan, link.link) || kept_shut(plan, kinds, link.link, faults)) continue;
    const std::string who = link.connections == 0 ? "nobody connected to it"
                            : link.connections == 1
                                ? "one connection came and stayed silent"
                                : fmt::format("{} connections came and stayed silent", link.connections);
    reasons.push_back(
        fmt::format("link '{}' carried no bytes: {}; is the target using {{links.{}}}?", link.link, who, link.link));
  }
  return reasons;
}

}  // namespace stormproof
