/// Every kind of source this program was built with: one sorted line each in catalog.cpp.
#pragma once

#include <span>

#include "harness/api/source.h"

namespace stormproof {

std::span<const SourceKind* const> source_kinds();

/// A namespace of their own: sources and witnesses share some names.
namespace sources {

extern const SourceKind dataset_kind;
extern const SourceKind exec_kind;
extern const SourceKind grpc_kind;
extern const SourceKind http_kind;

}  // namespace sources

}  // namespace stormproof
