#include "faults/catalog.h"

namespace stormproof {
namespace {

constexpr const FaultKind* kKinds[] = {
    &blackhole_kind,   //
    &crash_loop_kind,  //
    &down_kind,        //
    &kill_kind,        //
    &latency_kind,     //
    &oom_kind,         //
    &partition_kind,   //
    &pause_kind,       //
    &restart_kind,     //
    &term_kind,        //
};

}  // namespace

std::span<const FaultKind* const> fault_kinds() { return kKinds; }

}  // namespace stormproof
