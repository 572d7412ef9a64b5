/// The interface of every report.
#pragma once

#include <iosfwd>

#include "harness/api/kind_info.h"
#include "harness/base/result.h"
#include "harness/model/run_summary.h"

namespace stormproof {

/// A finished report of a whole campaign. Writers take a stream, never a path.
struct ReportKind {
  KindInfo info;          ///< name: "junit"
  std::string_view file;  ///< file name in the campaign directory: "junit.xml"
  Status (*write)(const CampaignSummary& campaign, std::ostream& out) = nullptr;
};

/// Told what happens while runs are in flight. Any thread; calls are serialised by the caller.
class ProgressListener {
 public:
  struct Live {
    std::size_t run = 0;  ///< index in the campaign
    std::string phase;
    std::uint64_t sent = 0, effects = 0;
    double rate = 0;  ///< effects a second, lately
    std::vector<std::string> faults_in_force;
    Nanos elapsed{};
    std::uint64_t missing = 0;     ///< acknowledged, without an effect so far
    std::uint64_t duplicates = 0;  ///< so far
  };
  virtual ~ProgressListener() = default;
  virtual void on_plan(std::size_t total) { (void)total; }
  virtual void on_begin(std::size_t run, const std::string& scenario, const Cell& cell, std::uint64_t seed) {
    (void)run, (void)scenario, (void)cell, (void)seed;
  }
  virtual void on_live(const Live& live) { (void)live; }
  virtual void on_end(std::size_t run, const RunSummary& summary) { (void)run, (void)summary; }
  virtual void on_campaign_end(const CampaignSummary& campaign) { (void)campaign; }
};

}  // namespace stormproof
