/// Processes that exist on paper: what a fault asks for is written down, and the test decides when a stop or a start is
/// over.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/api/process.h"

namespace stormproof {

class FakeProcessControl final : public ProcessControl {
 public:
  /// Adds target/0 .. target/(replicas-1), ready. `restarts`: whether the restart policy would bring them back; the
  /// test does so with come_back().
  void add(const std::string& target, int replicas, bool restarts = false) {
    for (int i = 0; i < replicas; ++i) {
      const std::string name = target + "/" + std::to_string(i);
      targets_[target].push_back(name);
      Entry& entry = processes_[name];
      entry.state.name = name;
      entry.state.phase = ProcessPhase::ready;
      entry.state.running = true;
      entry.state.pid = 100 + i;
      entry.state.starts = 1;
      entry.restarts = restarts;
    }
  }

  std::vector<std::string> calls;        ///< "kill client/0 hold", ... in order
  std::set<std::string> refuse;          ///< processes for which every call fails
  bool ready_at_once = true;             ///< what starts is ready, else starting
  std::set<std::string> die_before_hit;  ///< they end by themselves as soon as they are struck

  /// The process ends, as the restart policy's next step says.
  void die(const std::string& process) {
    Entry& entry = processes_.at(process);
    entry.state.running = false;
    entry.paused = false;
    ++entry.state.exits;
    entry.state.phase = entry.held || !entry.restarts ? ProcessPhase::finished : ProcessPhase::backoff;
    if (auto done = std::exchange(entry.done, nullptr)) done(false);
  }
  void come_back(const std::string& process) {
    Entry& entry = processes_.at(process);
    entry.held = false;
    entry.state.running = true;
    ++entry.state.starts;
    entry.state.phase = ready_at_once ? ProcessPhase::ready : ProcessPhase::starting;
  }
  void become_ready(const std::string& process) { processes_.at(process).state.phase = ProcessPhase::ready; }
  bool paused(const std::string& process) const { return processes_.at(process).paused; }
  bool held(const std::string& process) const { return processes_.at(process).held; }

  std::vector<std::string> resolve(const std::string& selector) const override {
    if (const auto target = targets_.find(selector); target != targets_.end()) return target->second;
    if (processes_.contains(selector)) return {selector};
    return {};
  }
  ProcessState state(const std::string& process) const override { return processes_.at(process).state; }

  Status kill(const std::string& process, bool hold) override {
    if (Status called = call("kill", process, hold); !called) return called;
    processes_.at(process).held = hold;
    die(process);
    return {};
  }
  Status terminate(const std::string& process, std::optional<Nanos> grace, bool hold,
                   std::function<void(bool killed)> done) override {
    if (Status called = call("terminate", process, hold); !called) return called;
    if (grace) calls.back() += " grace=" + std::to_string(grace->count() / 1'000'000) + "ms";
    Entry& entry = processes_.at(process);
    entry.held = hold;
    entry.done = std::move(done);
    entry.state.phase = ProcessPhase::stopping;
    return {};
  }
  Status pause(const std::string& process) override {
    Status called = call("pause", process, false);
    if (called) processes_.at(process).paused = true;
    return called;
  }
  Status resume(const std::string& process) override {
    Status called = call("resume", process, false);
    if (called) processes_.at(process).paused = false;
    return called;
  }
  Status start(const std::string& process) override {
    calls.push_back("start " + process);
    if (refuse.contains(process)) return environment_error("cannot start " + process);
    if (!processes_.at(process).state.running) come_back(process);
    return {};
  }
  Status release(const std::string& process) override {
    calls.push_back("release " + process);
    processes_.at(process).held = false;
    return {};
  }
  Status exhaust_memory(const std::string& process, bool hold) override {
    if (Status called = call("exhaust_memory", process, hold); !called) return called;
    processes_.at(process).held = hold;
    die(process);
    return {};
  }

 private:
  struct Entry {
    ProcessState state;
    bool restarts = false;
    bool held = false;
    bool paused = false;
    std::function<void(bool)> done;
  };

  Status call(const std::string& what, const std::string& process, bool hold) {
    calls.push_back(what + " " + process + (hold ? " hold" : ""));
    if (refuse.contains(process)) return environment_error("cannot " + what + " " + process);
    if (die_before_hit.erase(process) > 0) die(process);
    if (!processes_.at(process).state.running) return environment_error(process + " does not run");
    return {};
  }

  std::map<std::string, std::vector<std::string>> targets_;
  std::map<std::string, Entry> processes_;
};

}  // namespace stormproof
