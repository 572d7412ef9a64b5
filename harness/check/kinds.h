/// The invariants' makers, one file each. For the catalog and the combined invariants only.
#pragma once

#include <memory>

#include "harness/api/checker.h"

namespace stormproof {

extern const InvariantKind all_seen_kind;
extern const InvariantKind at_least_once_kind;
extern const InvariantKind at_most_once_kind;
extern const InvariantKind atomic_kind;
extern const InvariantKind bookmarkable_kind;
extern const InvariantKind bounded_kind;
extern const InvariantKind conserved_kind;
extern const InvariantKind consistent_offsets_kind;
extern const InvariantKind converges_kind;
extern const InvariantKind counter_bounds_kind;
extern const InvariantKind exactly_once_kind;
extern const InvariantKind fresh_reads_kind;
extern const InvariantKind graceful_stop_kind;
extern const InvariantKind in_order_kind;
extern const InvariantKind integrity_kind;
extern const InvariantKind leak_free_kind;
extern const InvariantKind monotonic_reads_kind;
extern const InvariantKind no_duplicates_kind;
extern const InvariantKind no_gaps_kind;
extern const InvariantKind no_loss_kind;
extern const InvariantKind no_phantoms_kind;
extern const InvariantKind ordered_log_kind;
extern const InvariantKind progress_kind;
extern const InvariantKind recovery_kind;
extern const InvariantKind replay_window_kind;
extern const InvariantKind resumable_kind;
extern const InvariantKind resumable_stream_kind;

namespace invariants {
extern const InvariantKind latency_kind;  ///< there is a fault of this name as well
}

std::unique_ptr<Invariant> make_no_loss();
std::unique_ptr<Invariant> make_no_duplicates();
std::unique_ptr<Invariant> make_no_phantoms(Nanos skew);
/// `alone`: named in the scenario; then a history without any digest is unknown.
std::unique_ptr<Invariant> make_integrity(bool alone);
/// `alone`: named in the scenario; then a history without what they judge is unknown.
std::unique_ptr<Invariant> make_resumable(bool alone);
std::unique_ptr<Invariant> make_bookmarkable(bool alone);
/// With the parameter `by` of log_offsets.h.
std::unique_ptr<Invariant> make_consistent_offsets(const Params& params);
std::unique_ptr<Invariant> make_monotonic_reads(const Params& params);
std::unique_ptr<Invariant> make_all_seen(const Params& params);
std::unique_ptr<Invariant> make_fresh_reads(const Params& params, bool alone);

}  // namespace stormproof
