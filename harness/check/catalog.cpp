#include "harness/check/catalog.h"

#include <algorithm>
#include <array>

#include "harness/check/kinds.h"

namespace stormproof {

namespace {
using invariants::latency_kind;

constexpr std::array kKinds{
    &all_seen_kind,            //
    &at_least_once_kind,       //
    &at_most_once_kind,        //
    &atomic_kind,              //
    &bookmarkable_kind,        //
    &bounded_kind,             //
    &conserved_kind,           //
    &consistent_offsets_kind,  //
    &converges_kind,           //
    &counter_bounds_kind,      //
    &exactly_once_kind,        //
    &fresh_reads_kind,         //
    &graceful_stop_kind,       //
    &in_order_kind,            //
    &integrity_kind,           //
    &latency_kind,             //
    &leak_free_kind,           //
    &monotonic_reads_kind,     //
    &no_duplicates_kind,       //
    &no_gaps_kind,             //
    &no_loss_kind,             //
    &no_phantoms_kind,         //
    &ordered_log_kind,         //
    &progress_kind,            //
    &recovery_kind,            //
    &replay_window_kind,       //
    &resumable_kind,           //
    &resumable_stream_kind,    //
};
}  // namespace

std::span<const InvariantKind* const> invariant_kinds() { return kKinds; }

const InvariantKind* find_invariant(std::string_view name) {
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const InvariantKind* kind) { return kind->info.name == name; });
  return found == kKinds.end() ? nullptr : *found;
}

}  // namespace stormproof
