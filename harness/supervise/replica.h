/// One replica of a target: the shell around ReplicaFsm that makes the process, reads its output, probes it, signals it
/// and tells what happened. All on the event loop's thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/process.h"
#include "harness/api/recorder.h"
#include "harness/base/clock.h"
#include "harness/model/run_summary.h"
#include "harness/model/scenario.h"
#include "harness/supervise/cgroup.h"
#include "harness/supervise/lifecycle.h"
#include "harness/supervise/wait_hub.h"

namespace stormproof {

class Guard;

struct ReplicaSpec {
  std::string target;
  int index = 0;
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;  ///< added to PATH, HOME, LANG and TMPDIR
  std::filesystem::path directory;         ///< private working directory; exists
  std::filesystem::path stdout_file;
  std::filesystem::path stderr_file;
  std::map<std::string, int> ports;  ///< name -> number
  TargetSpec spec;                   ///< restart, backoff, grace, ready, limits, after; all placeholders expanded
  bool contain = false;              ///< wants a memory cgroup even without limits (fault `oom`)

  std::string name() const { return target + "/" + std::to_string(index); }
};

class Replica {
 public:
  /// What a replica needs from its supervisor; all outlive it.
  struct World {
    boost::asio::io_context& loop;
    WaitHub& hub;
    const Clock& clock;
    Recorder& recorder;
    const CgroupSupport& cgroups;
    Guard* guard = nullptr;  ///< may be null
    std::string run_id;
    std::string run_mark;
    std::function<void(const LifecycleChange&)> on_change;
    std::function<void(const std::string&, std::string_view)> on_line;
    std::function<void()> on_progress;  ///< something the supervisor may wait for has happened
  };

  Replica(ReplicaSpec spec, World& world);
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  /// Opens the logs and makes the cgroups. An environment error says what the machine lacks.
  Status prepare();
  /// The first start; an error when the program cannot be run.
  Status first_start();

  Status kill(bool hold);
  Status terminate(std::optional<Nanos> grace, bool hold, std::function<void(bool)> done);
  Status pause();
  Status resume();
  Status start();
  Status release();
  Status exhaust_memory(bool hold);

  /// No restart from now on; SIGTERM and grace.
  void stop();
  /// SIGKILL; wait_gone() then waits (at most 5 s) for the death.
  void stop_at_once();
  void wait_gone();
  /// Takes what the pipes still hold and closes them, whoever has the other ends.
  void close_output();

  bool ready() const;
  bool running() const;
  /// Never ready within its time, or dead for good before.
  bool failed_to_start() const;
  /// "target client/0 never became ready: ..." with the tail of its log.
  Error start_error() const;
  ProcessState state() const;
  ProcessSummary summary() const;
  const ReplicaSpec& spec() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace stormproof
