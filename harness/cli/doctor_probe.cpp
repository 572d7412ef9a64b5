#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "harness/base/fd.h"
#include "harness/cli/doctor.h"
#include "harness/supervise/cgroup.h"

namespace stormproof {

namespace {

namespace fs = std::filesystem;

Probe works_if(bool success, int error = errno) {
  return success ? Probe{true, ""} : Probe{false, std::strerror(error)};
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

bool has_word(const std::string& text, const std::string& word) {
  std::istringstream in(text);
  for (std::string next; in >> next;) {
    if (next == word) return true;
  }
  return false;
}

Probe probe_pidfd() {
  const Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  return works_if(fd.valid());
}

Probe probe_subreaper() {
  int current = 0;
  return works_if(::prctl(PR_GET_CHILD_SUBREAPER, &current, 0, 0, 0) == 0);
}

Probe probe_loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return works_if(listener.valid() && client.valid() && ::bind(listener.get(), generic, size) == 0 &&
                  ::listen(listener.get(), 1) == 0 && ::getsockname(listener.get(), generic, &size) == 0 &&
                  ::connect(client.get(), generic, size) == 0);
}

/// Sockets of both families, whatever their state, with a port in the range.
std::uint64_t ports_in_use(unsigned low, unsigned high) {
  std::uint64_t used = 0;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
      const std::size_t colon = line.find(':', line.find(':') + 1);
      if (colon == std::string::npos) continue;
      const unsigned port = static_cast<unsigned>(std::strtoul(line.c_str() + colon + 1, nullptr, 16));
      if (port >= low && port <= high) ++used;
    }
  }
  return used;
}

CgroupFacts facts_of(const CgroupController& controller) {
  if (controller.version == 0) return {{false, controller.trouble}, ""};
  return {{true, ""}, "cgroup v" + std::to_string(controller.version) + " at " + controller.parent.string()};
}

Probe probe_user_namespaces() {
  const std::string limit = first_line("/proc/sys/user/max_user_namespaces");
  if (limit.empty()) return {false, "the kernel has no user namespaces"};
  if (limit == "0") return {false, "user.max_user_namespaces is 0"};
  if (first_line("/proc/sys/kernel/unprivileged_userns_clone") == "0" && ::geteuid() != 0) {
    return {false, "kernel.unprivileged_userns_clone is 0"};
  }
  return {true, ""};
}

Probe probe_seccomp() {
  const std::string actions = first_line("/proc/sys/kernel/seccomp/actions_avail");
  if (has_word(actions, "trace") && has_word(actions, "user_notif")) return {true, ""};
  return {false, actions.empty() ? "the kernel has no seccomp filters" : "the kernel offers only: " + actions};
}

/// Asks about a process that cannot exist: ESRCH means that the call itself is allowed.
Probe probe_ptrace() {
  const std::string scope = first_line("/proc/sys/kernel/yama/ptrace_scope");
  if (scope == "3" || (scope == "2" && ::geteuid() != 0)) return {false, "kernel.yama.ptrace_scope is " + scope};
  const long answer = ::syscall(SYS_ptrace, PTRACE_PEEKDATA, -1, nullptr, nullptr);
  return works_if(answer == -1 && errno == ESRCH);
}

std::uint64_t memory_available() {
  std::ifstream in("/proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  for (std::string rest; in >> name >> kib && std::getline(in, rest);) {
    if (name == "MemAvailable:") return kib * 1024;
  }
  return 0;
}

}  // namespace

MachineFacts probe_machine() {
  MachineFacts facts;
  utsname name{};
  ::uname(&name);
  facts.kernel = name.release;
  facts.cores = std::thread::hardware_concurrency();
  facts.memory_available = memory_available();
  facts.pidfd = probe_pidfd();
  facts.subreaper = probe_subreaper();
  const CgroupSupport groups = detect_cgroups();
  facts.memory_cgroup = facts_of(groups.memory);
  facts.cpu_cgroup = facts_of(groups.cpu);
  facts.user_namespaces = probe_user_namespaces();
  facts.seccomp = probe_seccomp();
  facts.ptrace = probe_ptrace();

  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  facts.files_soft = files.rlim_cur;
  facts.files_hard = files.rlim_max;

  facts.loopback = probe_loopback();
  std::istringstream range(first_line("/proc/sys/net/ipv4/ip_local_port_range"));
  unsigned low = 32768;
  unsigned high = 60999;
  range >> low >> high;
  facts.ports_in_range = high - low + 1;
  facts.ports_in_use = ports_in_use(low, high);

  std::error_code failure;
  const fs::path temporary = fs::temp_directory_path(failure);
  facts.temporary_directory =
      failure ? Probe{false, failure.message()} : works_if(::access(temporary.c_str(), W_OK) == 0);
  const fs::path here = fs::current_path(failure);
  facts.working_directory = here.string();
  facts.working_directory_writable =
      failure ? Probe{false, failure.message()} : works_if(::access(here.c_str(), W_OK) == 0);
  struct statvfs disk {};
  if (::statvfs(here.c_str(), &disk) == 0) facts.disk_available = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  return facts;
}

}  // namespace stormproof
