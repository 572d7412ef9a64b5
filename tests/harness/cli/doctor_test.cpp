#include "harness/cli/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/support/golden.h"

namespace stormproof {
namespace {

constexpr Probe kWorks{true, ""};
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

MachineFacts healthy_machine() {
  MachineFacts facts;
  facts.kernel = "6.1.0-18-amd64";
  facts.cores = 8;
  facts.memory_available = 12 * kGiB;
  facts.pidfd = facts.subreaper = facts.user_namespaces = facts.seccomp = facts.ptrace = kWorks;
  facts.memory_cgroup = {kWorks, "cgroup v2 at /sys/fs/cgroup/user.slice"};
  facts.cpu_cgroup = {kWorks, "cgroup v1 at /sys/fs/cgroup/cpu"};
  facts.files_soft = 4096;
  facts.files_hard = 20000;
  facts.loopback = facts.temporary_directory = facts.working_directory_writable = kWorks;
  facts.ports_in_range = 28232;
  facts.ports_in_use = 32;
  facts.working_directory = "/home/me/work";
  facts.disk_available = 40 * kGiB;
  return facts;
}

MachineFacts poor_machine() {
  MachineFacts facts;
  facts.kernel = "5.2.0";
  facts.cores = 1;
  facts.memory_available = 200 * 1024 * 1024;
  facts.pidfd = {false, "Function not implemented"};
  facts.subreaper = kWorks;
  facts.memory_cgroup = {{false, "cgroup v2 at /sys/fs/cgroup is not writable: Permission denied"}, ""};
  facts.cpu_cgroup = {{false, "cgroup v2 hands the cpu controller to no group here"}, ""};
  facts.user_namespaces = {false, "user.max_user_namespaces is 0"};
  facts.seccomp = {false, "the kernel has no seccomp filters"};
  facts.ptrace = {false, "kernel.yama.ptrace_scope is 3"};
  facts.files_soft = 256;
  facts.files_hard = 512;
  facts.loopback = {false, "Network is unreachable"};
  facts.ports_in_range = 100;
  facts.ports_in_use = 100;
  facts.working_directory = "/";
  facts.working_directory_writable = {false, "Read-only file system"};
  facts.temporary_directory = kWorks;
  return facts;
}

std::string shown(const MachineFacts& facts, bool json) {
  std::ostringstream out;
  print_findings(judge_machine(facts), out, json);
  return out.str();
}

const std::filesystem::path kGolden = std::filesystem::path(STORMPROOF_SOURCE_DIR) / "tests/golden/doctor";

TEST(Doctor, FindsNothingWrongWithAHealthyMachine) {
  for (const Finding& finding : judge_machine(healthy_machine())) {
    EXPECT_EQ(finding.state, Finding::State::ok) << finding.name;
    EXPECT_EQ(finding.needed_for + finding.remedy, "") << finding.name;
  }
  expect_golden(kGolden / "healthy/expected.txt", shown(healthy_machine(), false));
}

TEST(Doctor, SaysWhatIsMissingForWhatAndWhatToDo) {
  expect_golden(kGolden / "poor/expected.txt", shown(poor_machine(), false));
  expect_golden(kGolden / "poor/expected.jsonl", shown(poor_machine(), true));
}

TEST(Doctor, EveryTroubleNamesItsConsequenceAndItsRemedy) {
  for (const Finding& finding : judge_machine(poor_machine())) {
    EXPECT_NE(finding.state, Finding::State::ok) << finding.name;
    EXPECT_NE(finding.needed_for, "") << finding.name;
    EXPECT_NE(finding.remedy, "") << finding.name;
  }
}

TEST(Doctor, OnlyWhatStopsEveryScenarioIsBroken) {
  MachineFacts facts = healthy_machine();
  facts.memory_cgroup = facts.cpu_cgroup = {};
  facts.ptrace = facts.seccomp = facts.user_namespaces = {false, "no"};
  facts.files_soft = 64;
  facts.working_directory_writable = {false, "no"};
  for (const Finding& finding : judge_machine(facts)) EXPECT_NE(finding.state, Finding::State::broken) << finding.name;
  facts.loopback = {false, "no"};
  const std::vector<Finding> findings = judge_machine(facts);
  EXPECT_EQ(std::count_if(findings.begin(), findings.end(),
                          [](const Finding& f) { return f.state == Finding::State::broken; }),
            1);
}

TEST(Doctor, ProbesThisMachine) {
  const MachineFacts facts = probe_machine();
  EXPECT_TRUE(facts.loopback.works) << facts.loopback.why_not;
  EXPECT_NE(facts.kernel, "");
  EXPECT_GT(facts.cores, 0U);
  EXPECT_GT(facts.memory_available, 0U);
  EXPECT_GT(facts.files_hard, 0U);
  EXPECT_GT(facts.ports_in_range, 0U);
  for (const CgroupFacts& group : {facts.memory_cgroup, facts.cpu_cgroup}) {
    EXPECT_NE(group.where.empty(), group.usable.why_not.empty()) << "either where, or why not";
  }
}

}  // namespace
}  // namespace stormproof
