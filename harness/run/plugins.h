/// Everything a run is made of but does not know by name. Filled once by harness/cli/catalog.cpp.
#pragma once

#include <memory>
#include <span>

#include "harness/api/fault.h"
#include "harness/api/source.h"
#include "harness/api/witness.h"

namespace stormproof {

class Guard;

struct Plugins {
  std::span<const FaultKind* const> faults;
  std::span<const SourceKind* const> sources;
  std::span<const WitnessKind* const> witnesses;
  Result<std::unique_ptr<LinkHost>> (*make_link_host)(const Clock& clock) = nullptr;
  Guard* guard = nullptr;     ///< may be null in tests
  std::filesystem::path bin;  ///< {bin}: where the shipped targets are
};

}  // namespace stormproof
