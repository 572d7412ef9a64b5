/// A supervisor on a loop of its own with everything it says kept in memory.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/supervise/proc_fs.h"
#include "harness/supervise/strays.h"
#include "harness/supervise/supervisor.h"
#include "tests/support/temp_dir.h"

namespace stormproof {

class KeepingRecorder final : public Recorder {
 public:
  explicit KeepingRecorder(const Clock& clock) : clock_(clock) {}
  void record(EventView event) override {
    event.t = clock_.now();
    const std::lock_guard lock(mutex_);
    events_.emplace_back(event);
  }
  LiveCounts counts() const override { return {}; }
  /// "started start=1 pid=…" without the pid, "exited asked 137 Error signal=9", ... of one process, in order.
  std::vector<std::string> life(const std::string& process) const;
  std::vector<std::string> notes() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<Event> events_;
};

class SuperviseTest : public ::testing::Test {
 protected:
  SuperviseTest();
  ~SuperviseTest() override;

  /// A replica of `target` that runs `script` in /bin/sh.
  ReplicaSpec shell(const std::string& target, const std::string& script);
  ReplicaSpec program(const std::string& target, std::vector<std::string> argv);
  void add(ReplicaSpec spec);
  Status start_all();
  void stop_all();
  /// Runs the loop until `condition` holds; fails the test after ten seconds.
  void run_until(const std::function<bool()>& condition, const char* what);
  std::string log_of(const std::string& target, const char* file = "stdout.log") const;

  /// Ends the run and checks that nothing of it is left: processes, cgroups.
  void expect_nothing_left();

  TempDir directory_;
  SteadyClock clock_;
  boost::asio::io_context loop_;
  KeepingRecorder recorder_{clock_};
  std::vector<LifecycleChange> changes_;
  std::vector<std::string> lines_;
  std::string run_id_;
  std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace stormproof
