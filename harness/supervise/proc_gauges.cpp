#include "harness/supervise/proc_gauges.h"

#include <filesystem>
#include <string>

#include "harness/supervise/proc_fs.h"

namespace stormproof {

namespace {
std::optional<std::int64_t> entries_in(const std::string& directory) {
  std::error_code failure;
  std::filesystem::directory_iterator entry(directory, failure);
  std::int64_t count = 0;
  for (const std::filesystem::directory_iterator end; !failure && entry != end; entry.increment(failure)) ++count;
  return failure ? std::nullopt : std::optional(count);
}
}  // namespace

std::optional<ProcGauges> proc_gauges(pid_t pid) {
  const std::string place = "/proc/" + std::to_string(pid);
  const auto files = entries_in(place + "/fd");
  const auto threads = entries_in(place + "/task");
  const std::uint64_t memory = resident_bytes(pid);
  if (!files || !threads || memory == 0) return std::nullopt;
  return ProcGauges{*files, *threads, static_cast<std::int64_t>(memory)};
}

}  // namespace stormproof
