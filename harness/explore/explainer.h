/// What happened to one violated message, and what is left of the schedule that did it.
#pragma once

#include <span>
#include <string>

#include "harness/api/kind_info.h"
#include "harness/explore/explorer.h"

namespace stormproof {

/// "2 of 9 faults, reproduces 19/20"
std::string summary_line(const Finding& finding);

/// explain.md: both schedules side by side, and the story of the first violated message of the finding's run: sent,
/// acknowledged, the faults, stored, restarts, stored again; with times, processes and log lines.
std::string explain_markdown(const Finding& finding, std::span<const FaultKindInfo* const> kinds);

}  // namespace stormproof
