#include "faults/catalog.h"

namespace stormproof {
namespace {

constexpr const FaultKind* kKinds[] = {
    &bandwidth_kind,        //
    &blackhole_kind,        //
    &corrupt_kind,          //
    &crash_loop_kind,       //
    &deadline_kind,         //
    &down_kind,             //
    &duplicate_bytes_kind,  //
    &half_open_kind,        //
    &kill_kind,             //
    &latency_kind,          //
    &limit_data_kind,       //
    &oom_kind,              //
    &packet_loss_kind,      //
    &partition_kind,        //
    &pause_kind,            //
    &refuse_kind,           //
    &reset_peer_kind,       //
    &restart_kind,          //
    &slicer_kind,           //
    &slow_close_kind,       //
    &term_kind,             //
    &timeout_kind,          //
};

}  // namespace

std::span<const FaultKind* const> fault_kinds() { return kKinds; }

}  // namespace stormproof
