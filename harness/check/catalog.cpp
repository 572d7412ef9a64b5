#include "harness/check/catalog.h"

#include <algorithm>
#include <array>

#include "harness/check/kinds.h"

namespace stormproof {

namespace {
constexpr std::array kKinds{
    &at_least_once_kind,  //
    &at_most_once_kind,   //
    &exactly_once_kind,   //
    &graceful_stop_kind,  //
    &in_order_kind,       //
    &integrity_kind,      //
    &no_duplicates_kind,  //
    &no_gaps_kind,        //
    &no_loss_kind,        //
    &no_phantoms_kind,    //
    &progress_kind,       //
    &recovery_kind,       //
};
}  // namespace

std::span<const InvariantKind* const> invariant_kinds() { return kKinds; }

const InvariantKind* find_invariant(std::string_view name) {
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const InvariantKind* kind) { return kind->info.name == name; });
  return found == kKinds.end() ? nullptr : *found;
}

}  // namespace stormproof
