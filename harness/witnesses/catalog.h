/// Every kind of witness this program was built with: one sorted line each in catalog.cpp.
#pragma once

#include <span>

#include "harness/api/witness.h"

namespace stormproof {

std::span<const WitnessKind* const> witness_kinds();

/// A namespace of their own: sources and witnesses share some names.
namespace witnesses {

extern const WitnessKind exec_kind;
extern const WitnessKind grpc_kind;
extern const WitnessKind http_kind;
extern const WitnessKind log_kind;
extern const WitnessKind sqlite_kind;

}  // namespace witnesses

}  // namespace stormproof
