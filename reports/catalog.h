/// All reports of a campaign.
#pragma once

#include <span>

#include "harness/api/report.h"

namespace stormproof {

extern const ReportKind html_kind;
extern const ReportKind json_kind;
extern const ReportKind junit_kind;
extern const ReportKind markdown_kind;

/// Sorted by name.
std::span<const ReportKind* const> report_kinds();

}  // namespace stormproof
