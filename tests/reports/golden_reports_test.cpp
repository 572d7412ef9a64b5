#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "harness/base/text.h"
#include "reports/catalog.h"
#include "reports/verdict_json.h"
#include "tests/reports/sample_campaign.h"
#include "tests/support/golden.h"

namespace stormproof {
namespace {

std::filesystem::path golden(const std::string& name, const std::string& file) {
  return std::filesystem::path(STORMPROOF_SOURCE_DIR) / "tests/golden/reports" / name / file;
}

std::string rendered(const ReportKind& kind, const CampaignSummary& campaign) {
  std::ostringstream out;
  EXPECT_TRUE(kind.write(campaign, out).ok());
  return out.str();
}

TEST(GoldenReports, Junit) { expect_golden(golden("junit", "expected.xml"), rendered(junit_kind, sample_campaign())); }
TEST(GoldenReports, Markdown) {
  expect_golden(golden("markdown", "expected.md"), rendered(markdown_kind, sample_campaign()));
}
TEST(GoldenReports, MarkdownOfAGoodCampaign) {
  CampaignSummary campaign = sample_campaign();
  campaign.runs.resize(2);
  expect_golden(golden("markdown_good", "expected.md"), rendered(markdown_kind, campaign));
}
TEST(GoldenReports, MarkdownOfRepetitions) {
  CampaignSummary campaign = sample_campaign();
  RunSummary again = campaign.runs[2];
  again.repeat = 3;
  RunSummary fine = campaign.runs[0];
  fine.cell = again.cell;
  fine.repeat = 2;
  campaign.runs = {fine, fine, again};
  expect_golden(golden("markdown_repeat", "expected.md"), rendered(markdown_kind, campaign));
}
TEST(GoldenReports, Verdict) {
  const CampaignSummary campaign = sample_campaign();
  expect_golden(golden("verdict", "expected.json"), verdict_json(campaign.runs[4]));
}
TEST(GoldenReports, Events) {
  const CampaignSummary campaign = sample_campaign();
  expect_golden(golden("events", "expected.jsonl"),
                run_event_json(campaign.runs[0]) + "\n" + campaign_event_json(campaign) + "\n");
}

/// The same bytes again from the stored form: `stormproof report` renders what `run` did.
TEST(GoldenReports, StoredCampaignsRenderAlike) {
  CampaignSummary campaign = sample_campaign();
  // Only what is no UTF-8 may differ: it was escaped when it was stored.
  campaign.runs[3].invariants[0].anomalies[0].id = valid_utf8(campaign.runs[3].invariants[0].anomalies[0].id);
  const auto back = campaign_from_json(rendered(json_kind, campaign), campaign.directory);
  ASSERT_TRUE(back.ok());
  for (const ReportKind* kind : report_kinds())
    EXPECT_EQ(rendered(*kind, *back), rendered(*kind, campaign)) << kind->file;
}

TEST(Catalog, IsSortedAndDescribesEveryReport) {
  const auto kinds = report_kinds();
  EXPECT_TRUE(std::is_sorted(kinds.begin(), kinds.end(),
                             [](const auto* a, const auto* b) { return a->info.name < b->info.name; }));
  for (const ReportKind* kind : kinds) {
    EXPECT_FALSE(kind->info.summary.empty());
    EXPECT_FALSE(kind->file.empty());
  }
}

TEST(EmptyCampaign, IsRenderedByEveryReport) {
  for (const ReportKind* kind : report_kinds()) EXPECT_FALSE(rendered(*kind, {}).empty()) << kind->file;
}

}  // namespace
}  // namespace stormproof
