/// Everything that stands while a run goes on: links, witnesses, source and targets, wired to each other through
/// placeholders. Set up in the order in which addresses become known, taken down in reverse.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/model/plan.h"
#include "harness/model/run_summary.h"
#include "harness/run/event_loop.h"
#include "harness/run/link_log.h"
#include "harness/run/plugins.h"
#include "harness/run/run_dir.h"
#include "harness/run/silent_links.h"

namespace stormproof {

/// All calls from the loop's thread.
class Stage {
 public:
  Stage(const Plan& plan, const Plugins& plugins, const RunDir& dir, const Clock& clock, EventLoop& loop,
        Recorder& recorder);
  ~Stage();

  std::function<void(const std::string& process, std::string_view line)> on_line;  ///< on the loop
  std::function<void(const std::string& process)> on_exit;                         ///< on the loop

  /// Ports, links, witnesses, source, target directories: all but the processes.
  Status prepare();
  void start_targets(std::function<void(Status)> done);
  Status start_source();
  bool source_finished() const;
  bool targets_gone() const;
  ProcessControl& processes();
  LinkHost* links();
  LinkLog& link_log();

  void stop_source();
  void stop_targets(std::function<void()> done);
  void kill_targets();
  /// The complete final read of every witness; an error for each that went wrong.
  std::vector<Error> drain_witnesses();
  std::vector<ProcessSummary> process_summaries() const;
  std::vector<LinkSummary> link_summaries() const;
  std::vector<LinkTraffic> link_traffic() const;
  std::map<std::string, LinkStats> link_stats() const;
  /// Closes everything. Idempotent; also done by the destructor.
  void close();

 private:
  Status open_links();
  Status open_witnesses();
  Status prepare_source();
  Status start_feed();
  Status add_targets();
  Status add_replica(const TargetSpec& target, int index);

  struct Parts;
  const Plan& plan_;
  const Plugins& plugins_;
  const RunDir& dir_;
  const Clock& clock_;
  EventLoop& loop_;
  Recorder& recorder_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace stormproof
