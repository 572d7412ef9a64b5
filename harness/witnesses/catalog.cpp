#include "harness/witnesses/catalog.h"

#include <array>

namespace stormproof {

namespace witnesses {
namespace {
constexpr std::array<const WitnessKind*, 5> kKinds = {
    &exec_kind, &grpc_kind, &http_kind, &log_kind, &sqlite_kind,
};
}  // namespace
}  // namespace witnesses

std::span<const WitnessKind* const> witness_kinds() { return witnesses::kKinds; }

}  // namespace stormproof
