/// Where results and talk go, and the files that end a campaign.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "harness/api/report.h"

namespace stormproof {

/// The console for this process's stdout and stderr.
std::unique_ptr<ProgressListener> console(bool json, bool verbose);

/// A listener that also writes each run's verdict.json into its directory before it passes the news on.
class VerdictWriter final : public ProgressListener {
 public:
  explicit VerdictWriter(ProgressListener& next) : next_(next) {}
  void on_plan(std::size_t total) override { next_.on_plan(total); }
  void on_begin(std::size_t run, const std::string& scenario, const Cell& cell, std::uint64_t seed) override {
    next_.on_begin(run, scenario, cell, seed);
  }
  void on_live(const Live& live) override { next_.on_live(live); }
  void on_end(std::size_t run, const RunSummary& summary) override;
  void on_campaign_end(const CampaignSummary& campaign) override { next_.on_campaign_end(campaign); }
  /// The first trouble met while writing.
  const Status& status() const { return status_; }

 private:
  ProgressListener& next_;
  Status status_;
};

/// Writes a run's verdict.json into a directory that exists.
Status write_verdict(const RunSummary& summary, const std::filesystem::path& directory);

/// Writes every report of the catalog into the campaign's directory.
Status write_reports(const CampaignSummary& campaign);

/// "stormproof-out/20261120-190102-NAME", not yet existing.
std::filesystem::path default_out(const std::string& name);

}  // namespace stormproof
