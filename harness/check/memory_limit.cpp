#include "harness/check/memory_limit.h"

#include <fmt/core.h>

#include <fstream>
#include <string>

namespace stormproof {

namespace {

std::string size_text(std::uint64_t bytes) {
  constexpr double kMiB = 1024.0 * 1024.0;
  constexpr double kGiB = 1024.0 * kMiB;
  const auto size = static_cast<double>(bytes);
  return size >= kGiB ? fmt::format("{:.1f} GiB", size / kGiB) : fmt::format("{:.1f} MiB", size / kMiB);
}

}  // namespace

std::uint64_t default_memory_limit() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  std::string unit;
  while (file >> name >> kib && std::getline(file, unit)) {
    if (name == "MemAvailable:") return kib * 1024 / 5 * 4;
  }
  return UINT64_MAX;
}

Error out_of_memory(std::uint64_t limit, std::uint64_t bytes, std::uint64_t events) {
  return environment_error(fmt::format("checking needs more than {} of memory: {} after {} events", size_text(limit),
                                       size_text(bytes), events),
                           "allow more with --memory, ask for fewer invariants, use ids that are numbers counted up "
                           "(half a byte a message), "
                           "or check the history in parts");
}

}  // namespace stormproof
