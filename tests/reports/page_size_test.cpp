#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "reports/catalog.h"
#include "tests/reports/sample_campaign.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

TEST(HtmlPage, StaysBelowFiveMegabytesForAWholeLibrary) {
  const TempDir directory;
  const CampaignSummary campaign = library_campaign(directory.path(), 4000);
  ASSERT_GE(campaign.runs.size(), 65U);
  std::ostringstream page;
  ASSERT_TRUE(html_kind.write(campaign, page).ok());
  EXPECT_LT(page.str().size(), 5'000'000U);
  // To look at it: STORMPROOF_KEEP_PAGE=page.html build/release/tests/reports_test --gtest_filter='HtmlPage.*'
  if (const char* keep = std::getenv("STORMPROOF_KEEP_PAGE")) std::ofstream(keep) << page.str();
}

}  // namespace
}  // namespace stormproof
