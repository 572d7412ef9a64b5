#include "harness/cli/catalog.h"

#include <vector>

#include "faults/catalog.h"
#include "faults/link/link_host.h"
#include "harness/check/catalog.h"
#include "harness/sources/catalog.h"
#include "harness/witnesses/catalog.h"

namespace stormproof {

namespace {
template <class Info, class Kind>
std::vector<const Info*> infos(std::span<const Kind* const> kinds) {
  std::vector<const Info*> all;
  for (const Kind* kind : kinds) all.push_back(&kind->info);
  return all;
}
}  // namespace

const Kinds& all_kinds() {
  static const auto faults = infos<FaultKindInfo>(fault_kinds());
  static const auto sources = infos<SourceKindInfo>(source_kinds());
  static const auto witnesses = infos<WitnessKindInfo>(witness_kinds());
  static const auto invariants = infos<InvariantKindInfo>(invariant_kinds());
  static const Kinds kinds{faults, sources, witnesses, invariants};
  return kinds;
}

Plugins all_plugins(Guard* guard) {
  return {fault_kinds(), source_kinds(), witness_kinds(), &make_link_host, guard, program_directory()};
}

Result<std::unique_ptr<LinkHost>> link_host(const Clock& clock, int threads) { return make_link_host(clock, threads); }

std::filesystem::path program_directory() {
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  return failure ? std::filesystem::current_path(failure) : program.parent_path();
}

}  // namespace stormproof
