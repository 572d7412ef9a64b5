#include "harness/cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "harness/base/exit_code.h"
#include "harness/base/units.h"

namespace stormproof {

namespace {

using State = Finding::State;

constexpr std::uint64_t kMiB = 1024 * 1024;
// A link holds two descriptors a connection, a run about fifty besides.
constexpr std::uint64_t kFilesEnough = 1024;
constexpr std::uint64_t kPortsEnough = 500;
constexpr std::uint64_t kDiskEnough = 512 * kMiB;

std::string human_size(std::uint64_t bytes) {
  return bytes >= 1024 * kMiB ? fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1024.0 * kMiB))
                              : fmt::format("{} MiB", bytes / kMiB);
}

Finding ok(std::string name, std::string detail) { return {std::move(name), State::ok, std::move(detail), "", ""}; }

Finding pidfd(const MachineFacts& facts) {
  if (facts.pidfd.works && facts.subreaper.works)
    return ok("processes", "pidfd and child subreaper, kernel " + facts.kernel);
  const std::string why = facts.pidfd.works ? "prctl(PR_SET_CHILD_SUBREAPER): " + facts.subreaper.why_not
                                            : "pidfd_open: " + facts.pidfd.why_not;
  return {"processes", State::broken, why, "starting and watching targets",
          "run on Linux 5.4 or newer, in a container whose seccomp profile allows it"};
}

Finding loopback(const MachineFacts& facts) {
  if (facts.loopback.works) return ok("loopback", "a connection over 127.0.0.1 works");
  return {"loopback", State::broken, facts.loopback.why_not, "targets, links and witnesses",
          "bring the loopback device up: ip link set lo up"};
}

Finding ports(const MachineFacts& facts) {
  const std::uint64_t free = facts.ports_in_range - std::min(facts.ports_in_use, facts.ports_in_range);
  const std::string detail = fmt::format("{} of {} ephemeral ports are free", free, facts.ports_in_range);
  if (free >= kPortsEnough) return ok("ports", detail);
  return {"ports", free == 0 ? State::broken : State::limited, detail, "targets with ports, links, --jobs",
          "widen net.ipv4.ip_local_port_range, or end what holds the ports (ss -tan)"};
}

Finding directory(const MachineFacts& facts) {
  if (!facts.working_directory_writable.works) {
    return {"directory", State::limited,
            fmt::format("{} is not writable: {}", facts.working_directory, facts.working_directory_writable.why_not),
            "the run directories, which go below the working directory", "give another place with --out DIR"};
  }
  if (!facts.temporary_directory.works) {
    return {"directory", State::limited,
            "the temporary directory is not writable: " + facts.temporary_directory.why_not,
            "sources and targets that keep files there", "set TMPDIR to a writable directory"};
  }
  const std::string detail = fmt::format("{} free in {}", human_size(facts.disk_available), facts.working_directory);
  if (facts.disk_available >= kDiskEnough) return ok("directory", detail);
  return {"directory", State::limited, detail, "histories and logs of long campaigns",
          "free some space, or give another place with --out DIR"};
}

Finding cgroup(const std::string& name, const CgroupFacts& facts, const std::string& needed_for, State without,
               const std::string& instead) {
  if (facts.usable.works) return ok(name, facts.where);
  return {name, without, facts.usable.why_not + instead, needed_for,
          "run as root, or in a delegated scope: systemd-run --user --scope -p Delegate=yes stormproof ..."};
}

Finding files(const MachineFacts& facts) {
  const std::string detail = fmt::format("RLIMIT_NOFILE {}, at most {}", facts.files_soft, facts.files_hard);
  if (facts.files_soft >= kFilesEnough) return ok("files", detail);
  return {"files", State::limited, detail, "links with many connections, --jobs",
          fmt::format("ulimit -n {}", std::max(kFilesEnough, std::min<std::uint64_t>(facts.files_hard, 4096)))};
}

Finding capability(const std::string& name, const Probe& probe, const std::string& works, const std::string& needed_for,
                   const std::string& remedy) {
  if (probe.works) return ok(name, works);
  return {name, State::missing, probe.why_not, needed_for, remedy};
}

Finding machine(const MachineFacts& facts) {
  const std::string detail = fmt::format("{} {}, {} memory available", facts.cores, facts.cores == 1 ? "core" : "cores",
                                         human_size(facts.memory_available));
  if (facts.cores >= 2 && facts.memory_available >= 512 * kMiB) return ok("machine", detail);
  return {"machine", State::limited, detail, "scenarios with tight `within` bounds: they may end unknown or stalled",
          "run with --jobs 1 and nothing else beside it"};
}

}  // namespace

std::string_view to_string(Finding::State state) {
  switch (state) {
    case State::ok: return "ok";
    case State::limited: return "limited";
    case State::missing: return "missing";
    case State::broken: return "broken";
  }
  return "?";
}

std::vector<Finding> judge_machine(const MachineFacts& facts) {
  return {
      machine(facts),
      pidfd(facts),
      loopback(facts),
      ports(facts),
      directory(facts),
      files(facts),
      cgroup("memory", facts.memory_cgroup, "the fault `oom`", State::missing,
             "; limits.memory falls back to a resource limit, under which allocations fail instead"),
      cgroup("cpu", facts.cpu_cgroup, "limits.cpu", State::missing, ""),
      capability("seccomp", facts.seccomp, "filters may trace and notify",
                 "nothing in this version; later: faults on system calls", "use a kernel with CONFIG_SECCOMP_FILTER"),
      capability("ptrace", facts.ptrace, "children may be traced", "nothing in this version; later: crash sweeps",
                 "sysctl kernel.yama.ptrace_scope=1, or start the container with --cap-add=SYS_PTRACE"),
      capability("namespaces", facts.user_namespaces, "user namespaces may be made",
                 "nothing in this version; later: private networks", "sysctl kernel.unprivileged_userns_clone=1"),
  };
}

void print_findings(const std::vector<Finding>& findings, std::ostream& out, bool json) {
  for (const Finding& finding : findings) {
    if (json) {
      const nlohmann::ordered_json object = {{"name", finding.name},
                                             {"state", to_string(finding.state)},
                                             {"detail", finding.detail},
                                             {"needed_for", finding.needed_for},
                                             {"remedy", finding.remedy}};
      out << object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
      continue;
    }
    out << fmt::format("{:<8} {:<11} {}\n", to_string(finding.state), finding.name, finding.detail);
    if (finding.state == State::ok) continue;
    out << fmt::format("{:<20} needed for: {}\n{:<20} remedy: {}\n", "", finding.needed_for, "", finding.remedy);
  }
}

int run_doctor(std::ostream& out, bool json) {
  const std::vector<Finding> findings = judge_machine(probe_machine());
  print_findings(findings, out, json);
  const bool broken =
      std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.state == State::broken; });
  return static_cast<int>(broken ? ExitCode::environment : ExitCode::pass);
}

}  // namespace stormproof
