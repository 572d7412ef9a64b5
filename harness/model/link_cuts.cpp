#include "harness/model/link_cuts.h"

#include <algorithm>

namespace stormproof {

namespace {

std::string process_name(const std::string& target, int index) { return target + '/' + std::to_string(index); }

bool in_group(const std::vector<std::string>& group, const std::string& process) {
  return std::any_of(group.begin(), group.end(),
                     [&](const std::string& selector) { return selects_process(selector, process); });
}

/// The replicas in `group` that use the link.
std::vector<std::string> users_of(const Scenario& scenario, const LinkSpec& link,
                                  const std::vector<std::string>& group) {
  std::vector<std::string> users;
  for (const TargetSpec& target : scenario.targets) {
    if (!uses_link(target, link.name)) continue;
    for (int index = 0; index < target.replicas; ++index) {
      std::string process = process_name(target.name, index);
      if (in_group(group, process)) users.push_back(std::move(process));
    }
  }
  return users;
}

}  // namespace

bool uses_link(const TargetSpec& target, const std::string& link) {
  const std::string placeholder = "{links." + link + '}';
  const auto holds = [&](const std::string& text) { return text.find(placeholder) != std::string::npos; };
  return std::any_of(target.command.begin(), target.command.end(), holds) ||
         std::any_of(target.ready.argv.begin(), target.ready.argv.end(), holds) ||
         std::any_of(target.env.begin(), target.env.end(), [&](const auto& entry) { return holds(entry.second); });
}

bool selects_process(std::string_view selector, std::string_view process) {
  return selector == process || (process.starts_with(selector) && process.substr(selector.size()).starts_with('/'));
}

std::vector<LinkCut> cuts_between(const Scenario& scenario, const FaultSpec& fault) {
  std::vector<LinkCut> cuts;
  const auto cut = [&](const LinkSpec& link, const std::vector<std::string>& clients,
                       const std::vector<std::string>& servers, Direction towards_second) {
    if (!in_group(servers, process_name(link.to_target, link.to_index))) return;
    std::vector<std::string> users = users_of(scenario, link, clients);
    if (users.empty()) return;
    cuts.push_back({link.name, fault.oneway ? towards_second : Direction::both, std::move(users)});
  };
  for (const LinkSpec& link : scenario.links) {
    cut(link, fault.first_group, fault.second_group, Direction::upstream);
    cut(link, fault.second_group, fault.first_group, Direction::downstream);
  }
  return cuts;
}

}  // namespace stormproof
