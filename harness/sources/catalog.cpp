#include "harness/sources/catalog.h"

#include <array>

namespace stormproof {

namespace sources {
namespace {
constexpr std::array<const SourceKind*, 4> kKinds = {
    &dataset_kind,
    &exec_kind,
    &grpc_kind,
    &http_kind,
};
}  // namespace
}  // namespace sources

std::span<const SourceKind* const> source_kinds() { return sources::kKinds; }

}  // namespace stormproof
