/// Watches the triggers of a plan, injects and heals its faults, and keeps the books about them.
/// Everything on the run's loop thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/fault.h"
#include "harness/history/history_writer.h"
#include "harness/model/run_summary.h"
#include "harness/run/event_loop.h"
#include "harness/run/link_log.h"

namespace stormproof {

class FaultDirector {
 public:
  struct Parts {
    EventLoop& loop;
    const Clock& clock;
    HistoryWriter& history;  ///< live counts
    Recorder& recorder;
    ProcessControl& processes;
    LinkHost* links = nullptr;    ///< null when the scenario has no links
    LinkLog* link_log = nullptr;  ///< may be null
  };
  /// Triggers on bytes and connections of a fault's own link count, and strike, from here on.
  FaultDirector(const Plan& plan, std::span<const FaultKind* const> kinds, Parts parts);
  ~FaultDirector();

  /// From here on triggers count; times count from now.
  void begin();
  void on_line(const std::string& process, std::string_view line);
  void on_exit(const std::string& process);
  /// Heals what is in force and forgets what has not fired. Idempotent.
  void heal_all();
  /// Records the final number of hits of each fault.
  void close();

  bool settled() const;        ///< every armed fault fired and, unless it lasts to the end, healed
  bool timed_pending() const;  ///< a timer of ours will still inject or heal something
  std::vector<std::string> in_force() const;
  Nanos last_action() const { return last_action_; }
  std::vector<FaultSummary> summaries() const;
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Entry;
  class Context;
  using Action = std::function<void()>;

  void watch(const TriggerSpec& trigger, const Action& action);
  void watch_count(const TriggerSpec& trigger, Action reached);
  /// Sets a trigger that strikes by itself, on the proxy's thread.
  void watch_own_link(Entry& entry);
  /// Keeps the books of a fault that its trigger has put into force.
  void take_over(Entry& entry);
  void forget_trigger(Entry& entry);
  void schedule(Nanos delay, Action action);
  void repeat(Entry& entry, Nanos period, std::int64_t round);
  void inject(Entry& entry);
  /// `struck_at`: it is in force since then already, by its own trigger.
  void strike(Entry& entry, std::optional<Nanos> struck_at = {});
  void record_injection(const Entry& entry);
  void note_trouble(std::string what);
  void heal(Entry& entry);
  /// `after` triggers of the other faults.
  void tell_followers(const std::string& fault);
  void note_overlap(const Entry& entry);

  const Plan& plan_;
  Parts parts_;
  std::unique_ptr<Context> context_;
  std::vector<std::unique_ptr<Entry>> entries_;
  struct Watch;
  std::vector<std::unique_ptr<Watch>> watches_;  ///< log, exits and after triggers still waiting
  std::vector<std::string> notes_;
  Nanos begun_at_{};
  Nanos last_action_{};
  int timers_ = 0;
  bool open_ = false;    ///< triggers count
  bool closed_ = false;  ///< nothing strikes any more
};

}  // namespace stormproof
