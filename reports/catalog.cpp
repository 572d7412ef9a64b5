#include "reports/catalog.h"

#include <array>

namespace stormproof {
namespace {

constinit const std::array<const ReportKind*, 4> kKinds = {
    &html_kind,
    &json_kind,
    &junit_kind,
    &markdown_kind,
};

}  // namespace

std::span<const ReportKind* const> report_kinds() { return kKinds; }

}  // namespace stormproof
