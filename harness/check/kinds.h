/// The invariants' makers, one file each. For the catalog and the combined invariants only.
#pragma once

#include <memory>

#include "harness/api/checker.h"

namespace stormproof {

extern const InvariantKind at_least_once_kind;
extern const InvariantKind at_most_once_kind;
extern const InvariantKind exactly_once_kind;
extern const InvariantKind graceful_stop_kind;
extern const InvariantKind in_order_kind;
extern const InvariantKind integrity_kind;
extern const InvariantKind no_duplicates_kind;
extern const InvariantKind no_gaps_kind;
extern const InvariantKind no_loss_kind;
extern const InvariantKind no_phantoms_kind;
extern const InvariantKind progress_kind;
extern const InvariantKind recovery_kind;

std::unique_ptr<Invariant> make_no_loss();
std::unique_ptr<Invariant> make_no_duplicates();
std::unique_ptr<Invariant> make_no_phantoms(Nanos skew);
/// `alone`: named in the scenario; then a history without any digest is unknown.
std::unique_ptr<Invariant> make_integrity(bool alone);

}  // namespace stormproof
