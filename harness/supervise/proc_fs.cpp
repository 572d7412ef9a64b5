#include "harness/supervise/proc_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>

#include "harness/base/fd.h"
#include "harness/base/text.h"

namespace stormproof {

namespace {

constexpr std::size_t kMaxFile = 4U << 20U;

std::string proc_path(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

bool to_pid(std::string_view text, pid_t& pid) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), pid);
  return failure == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::optional<std::string> read_small_file(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  char buffer[4096];
  while (text.size() < kMaxFile) {
    const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    text.append(buffer, static_cast<std::size_t>(n));
  }
  return text;
}

bool write_small_file(const std::string& path, std::string_view text) {
  Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return false;
  return ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::optional<ProcStat> parse_proc_stat(std::string_view text) {
  const auto open = text.find(" (");
  const auto close = text.rfind(") ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcStat stat;
  if (!to_pid(text.substr(0, open), stat.pid)) return std::nullopt;
  const auto fields = split(text.substr(close + 2), ' ');
  if (fields.size() < 4 || fields[0].size() != 1) return std::nullopt;
  stat.state = fields[0][0];
  if (!to_pid(fields[1], stat.parent) || !to_pid(fields[2], stat.group) || !to_pid(fields[3], stat.session)) {
    return std::nullopt;
  }
  return stat;
}

std::optional<ProcStat> proc_stat(pid_t pid) {
  const auto text = read_small_file(proc_path(pid, "stat"));
  return text ? parse_proc_stat(*text) : std::nullopt;
}

std::vector<pid_t> all_pids() {
  std::vector<pid_t> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), &::closedir);
  if (!directory) return pids;
  while (const dirent* entry = ::readdir(directory.get())) {
    pid_t pid = 0;
    if (to_pid(entry->d_name, pid)) pids.push_back(pid);
  }
  return pids;
}

std::vector<pid_t> adopted_pids() {
  const std::string me = std::to_string(::getpid());
  const auto text = read_small_file("/proc/self/task/" + me + "/children");
  if (!text) return all_pids();
  std::vector<pid_t> pids;
  for (const std::string& word : split(*text, ' ')) {
    pid_t pid = 0;
    if (to_pid(word, pid)) pids.push_back(pid);
  }
  return pids;
}

bool environment_has(std::string_view block, std::string_view name, std::string_view prefix) {
  std::string wanted(name);
  wanted += '=';
  wanted += prefix;
  for (std::size_t at = 0; at < block.size();) {
    if (block.substr(at, wanted.size()) == wanted) return true;
    const auto next = block.find('\0', at);
    if (next == std::string_view::npos) break;
    at = next + 1;
  }
  return false;
}

bool proc_has_environment(pid_t pid, std::string_view name, std::string_view prefix) {
  const auto block = read_small_file(proc_path(pid, "environ"));
  return block && environment_has(*block, name, prefix);
}

double processor_demand() {
  // proc(5): the fourth field of loadavg is RUNNABLE/ALL; one of the runnable is whoever reads it.
  const auto text = read_small_file("/proc/loadavg");
  const auto fields = text ? split(*text, ' ') : std::vector<std::string>();
  int runnable = 0;
  if (fields.size() < 4) return 0;
  std::from_chars(fields[3].data(), fields[3].data() + fields[3].size(), runnable);
  return static_cast<double>(runnable - 1) / static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
}

std::uint64_t resident_bytes(pid_t pid) {
  const auto text = read_small_file(proc_path(pid, "statm"));
  if (!text) return 0;
  const auto fields = split(*text, ' ');
  std::uint64_t pages = 0;
  if (fields.size() < 2) return 0;
  std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), pages);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace stormproof
