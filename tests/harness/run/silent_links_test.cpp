#include "harness/run/silent_links.h"

#include <gtest/gtest.h>

#include "faults/catalog.h"

namespace stormproof {
namespace {

/// Client "client" uses link "feed" to "server"; nobody uses "spare".
Plan plan_with(const std::string& kind = "") {
  Plan plan;
  TargetSpec client;
  client.name = "client";
  client.command = {"run", "--server={links.feed}"};
  plan.scenario.targets.push_back(client);
  for (const char* name : {"feed", "spare"}) {
    LinkSpec link;
    link.name = name;
    plan.scenario.links.push_back(link);
  }
  if (!kind.empty()) {
    PlannedFault fault;
    fault.spec.name = fault.spec.kind = kind;
    fault.spec.link = "feed";
    plan.faults.push_back(fault);
  }
  return plan;
}

std::vector<FaultSummary> fired(const std::string& name, std::uint64_t hits) {
  FaultSummary summary;
  summary.name = summary.kind = name;
  summary.fired = true;
  summary.hits = hits;
  return {summary};
}

std::vector<std::string> reasons(const Plan& plan, const std::vector<LinkTraffic>& traffic,
                                 const std::vector<FaultSummary>& faults = {}) {
  return reasons_of_silent_links(plan, fault_kinds(), traffic, faults);
}

TEST(SilentLinks, ThatATargetShouldUseAreNamedWithTheReason) {
  EXPECT_EQ(reasons(plan_with(), {{"feed", 0, 0}, {"spare", 0, 0}}),
            (std::vector<std::string>{
                "link 'feed' carried no bytes: nobody connected to it; is the target using {links.feed}?"}));
  EXPECT_EQ(reasons(plan_with(), {{"feed", 1, 0}}).front(),
            "link 'feed' carried no bytes: one connection came and stayed silent; is the target using {links.feed}?");
  EXPECT_EQ(reasons(plan_with(), {{"feed", 3, 0}}).front(),
            "link 'feed' carried no bytes: 3 connections came and stayed silent; is the target using {links.feed}?");
}

TEST(SilentLinks, WithTrafficAreNone) { EXPECT_TRUE(reasons(plan_with("latency"), {{"feed", 1, 1}}).empty()); }

TEST(SilentLinks, ThatAFaultKeptShutAreItsDoing) {
  const std::vector<LinkTraffic> silent = {{"feed", 4, 0}};
  EXPECT_TRUE(reasons(plan_with("refuse"), silent, fired("refuse", 4)).empty());
  EXPECT_TRUE(reasons(plan_with("down"), silent, fired("down", 0)).empty()) << "the kernel refused, unseen";
  EXPECT_EQ(reasons(plan_with("refuse"), silent, fired("refuse", 0)).size(), 1U);
  EXPECT_EQ(reasons(plan_with("refuse"), silent).size(), 1U) << "it never fired";
}

TEST(SilentLinks, ThatOnlyAFaultNamesCount) {
  Plan plan = plan_with();
  PlannedFault fault;
  fault.spec.name = fault.spec.kind = "partition";
  fault.cuts = {{"spare", Direction::both, {"client/0"}}};
  plan.faults.push_back(fault);
  EXPECT_EQ(reasons(plan, {{"feed", 1, 9}, {"spare", 0, 0}}).size(), 1U);
}

}  // namespace
}  // namespace stormproof
