#include "harness/check/gauges.h"

#include <fmt/core.h>

#include "harness/base/units.h"

namespace stormproof {

std::string gauge_text(std::string_view gauge, std::int64_t value) {
  if (gauge == "memory" && value >= 0) return print_size(static_cast<std::uint64_t>(value)) + " of memory";
  if (gauge == "files") return fmt::format("{} open file{}", value, value == 1 ? "" : "s");
  if (gauge == "threads") return fmt::format("{} thread{}", value, value == 1 ? "" : "s");
  return fmt::format("{} {}", gauge, value);
}

}  // namespace stormproof
