/// How many runs of each scenario failed (`run --flaky N`), and which found failures are cured.
#pragma once

#include <string>
#include <vector>

#include "harness/run/campaign.h"

namespace stormproof {

/// One line a scenario and cell: "sample-lost-kill: fails 19 of 20 (18/20 when it was found)".
std::string tally_text(const std::vector<PlannedRun>& planned, const CampaignSummary& campaign);
/// The same as one JSON object a line.
std::string tally_json(const std::vector<PlannedRun>& planned, const CampaignSummary& campaign);

}  // namespace stormproof
