/// Campaigns with known content: fixed times, no machine's paths, histories written by the real writer.
#pragma once

#include <filesystem>
#include <string>

#include "harness/model/run_summary.h"

namespace stormproof {

/// One run of each fate: pass, fail, expected failure, unexpected failure, unknown, not run. Directories are relative
/// names and nothing is written. What a target could say is hostile: markup, quotes, control characters.
CampaignSummary sample_campaign();

/// A stream scenario library over five levels, about 65 runs, with histories and logs below `directory`. The naive
/// level fails as expected; one cell fails unexpectedly, one is unknown.
CampaignSummary library_campaign(const std::filesystem::path& directory, int records);

}  // namespace stormproof
