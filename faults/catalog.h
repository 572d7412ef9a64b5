/// Every kind of fault this program has. The only list: a new kind is one file and one line here and in catalog.cpp.
#pragma once

#include <span>

#include "harness/api/fault.h"

namespace stormproof {

extern const FaultKind bandwidth_kind;
extern const FaultKind blackhole_kind;
extern const FaultKind corrupt_kind;
extern const FaultKind crash_loop_kind;
extern const FaultKind deadline_kind;
extern const FaultKind down_kind;
extern const FaultKind duplicate_bytes_kind;
extern const FaultKind half_open_kind;
extern const FaultKind kill_kind;
extern const FaultKind latency_kind;
extern const FaultKind limit_data_kind;
extern const FaultKind oom_kind;
extern const FaultKind packet_loss_kind;
extern const FaultKind partition_kind;
extern const FaultKind pause_kind;
extern const FaultKind refuse_kind;
extern const FaultKind reset_peer_kind;
extern const FaultKind restart_kind;
extern const FaultKind slicer_kind;
extern const FaultKind slow_close_kind;
extern const FaultKind term_kind;
extern const FaultKind timeout_kind;

/// Sorted by name.
std::span<const FaultKind* const> fault_kinds();

}  // namespace stormproof
