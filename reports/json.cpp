#include <ostream>

#include "reports/catalog.h"
#include "reports/verdict_json.h"

namespace stormproof {
namespace {

Status write_json(const CampaignSummary& campaign, std::ostream& out) {
  out << campaign_json(campaign);
  return Status::success();
}

}  // namespace

constinit const ReportKind json_kind{
    {"json", "every verdict of the campaign in one file; `stormproof report` renders it again"},
    "report.json",
    write_json};

}  // namespace stormproof
