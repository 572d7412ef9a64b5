/// The programs under {bin} that the scenario library breaks.
#pragma once

#include <span>
#include <string_view>

namespace stormproof {

struct ShippedTarget {
  std::string_view name;
  std::string_view summary;
};

std::span<const ShippedTarget> shipped_targets();

}  // namespace stormproof
