#include "harness/supervise/supervisor_fsm.h"

#include <algorithm>
#include <csignal>

#include "harness/base/assert.h"

namespace stormproof {

namespace {

Nanos backoff_delay(const BackoffSpec& backoff, int crashes) {
  Nanos delay = backoff.initial;
  for (int i = 1; i < crashes && delay < backoff.max; ++i) delay *= 2;
  return std::min(delay, backoff.max);
}

}  // namespace

ReplicaFsm::Actions ReplicaFsm::start(Nanos now) {
  (void)now;
  held_ = false;
  Actions actions;
  if (final_) return actions;
  if (running_) {
    start_when_gone_ = phase_ == ProcessPhase::stopping;
    return actions;
  }
  if (phase_ == ProcessPhase::backoff) actions.push_back(CancelTimer{TimerId::restart});
  phase_ = ProcessPhase::starting;
  actions.push_back(Spawn{});
  return actions;
}

ReplicaFsm::Actions ReplicaFsm::spawned(Nanos now) {
  STORMPROOF_ASSERT(!running_, "spawned() while it runs");
  running_ = true;
  paused_ = asked_ = term_sent_ = killed_in_grace_ = start_when_gone_ = false;
  ++starts_;
  started_at_ = now;
  phase_ = ProcessPhase::starting;
  Actions actions{Report{LifecycleType::started, {}, false, {}}};
  if (config_.probed) {
    if (starts_ == 1) actions.push_back(SetTimer{TimerId::ready, config_.ready_within});
    actions.push_back(StartProbe{});
  } else {
    phase_ = ProcessPhase::ready;
    ever_ready_ = true;
    actions.push_back(Report{LifecycleType::ready, {}, false, {}});
  }
  return actions;
}

ReplicaFsm::Actions ReplicaFsm::spawn_failed(Nanos now) {
  STORMPROOF_ASSERT(!running_, "spawn_failed() while it runs");
  started_at_ = now;
  Actions actions;
  gone(ExitStatus{127, 0, false}, false, now, actions);
  return actions;
}

ReplicaFsm::Actions ReplicaFsm::probe_succeeded(Nanos now) {
  (void)now;
  Actions actions;
  if (!running_ || phase_ != ProcessPhase::starting) return actions;
  phase_ = ProcessPhase::ready;
  ever_ready_ = true;
  actions.push_back(CancelTimer{TimerId::ready});
  actions.push_back(Report{LifecycleType::ready, {}, false, {}});
  return actions;
}

bool ReplicaFsm::policy_restarts() const {
  if (final_ || !last_exit_) return false;
  switch (config_.restart) {
    case RestartPolicy::never: return false;
    case RestartPolicy::on_failure: return !last_exit_->success();
    case RestartPolicy::always: return true;
  }
  return false;
}

ReplicaFsm::Actions ReplicaFsm::exited(ExitStatus exit, Nanos now) {
  STORMPROOF_ASSERT(running_, "exited() without a process");
  Actions actions;
  if (phase_ == ProcessPhase::starting && config_.probed) actions.push_back(StopProbe{});
  if (term_sent_) actions.push_back(CancelTimer{TimerId::grace});
  running_ = paused_ = false;
  const bool done_its_work = exit.success() && config_.restart != RestartPolicy::always;
  const bool answer = term_sent_;
  term_sent_ = false;
  gone(exit, asked_ || done_its_work, now, actions);
  if (answer) actions.push_back(Terminated{killed_in_grace_});
  return actions;
}

void ReplicaFsm::gone(ExitStatus exit, bool asked, Nanos now, Actions& actions) {
  ++exits_;
  last_exit_ = exit;
  exited_at_ = now;
  asked_ = false;
  if (!asked) unasked_exit_ = true;
  crashes_ = now - started_at_ >= config_.backoff.reset ? 1 : crashes_ + 1;
  phase_ = ProcessPhase::finished;
  actions.push_back(Report{LifecycleType::exited, exit, asked, {}});
  if (final_) return;
  if (start_when_gone_) {
    start_when_gone_ = false;
    phase_ = ProcessPhase::starting;
    actions.push_back(Spawn{});
  } else if (!held_) {
    plan_restart(now, actions);
  }
}

void ReplicaFsm::plan_restart(Nanos now, Actions& actions) {
  if (!policy_restarts()) return;
  const Nanos delay = std::max(Nanos{}, backoff_delay(config_.backoff, crashes_) - (now - exited_at_));
  phase_ = ProcessPhase::backoff;
  actions.push_back(Report{LifecycleType::backoff, {}, false, delay});
  actions.push_back(SetTimer{TimerId::restart, delay});
}

ReplicaFsm::Actions ReplicaFsm::timer_fired(TimerId id, Nanos now) {
  (void)now;
  Actions actions;
  switch (id) {
    case TimerId::restart:
      if (phase_ != ProcessPhase::backoff) break;
      phase_ = ProcessPhase::starting;
      actions.push_back(Spawn{});
      break;
    case TimerId::grace:
      if (!running_ || !term_sent_) break;
      killed_in_grace_ = true;
      actions.push_back(Signal{SIGKILL});
      break;
    case TimerId::ready:
      if (!ever_ready_ && !final_) actions.push_back(ReadyOverdue{});
      break;
  }
  return actions;
}

ReplicaFsm::Actions ReplicaFsm::kill(bool hold, Nanos now) {
  (void)now;
  STORMPROOF_ASSERT(running_, "kill() without a process");
  asked_ = true;
  if (hold) take_hold();
  return {Signal{SIGKILL}};
}

void ReplicaFsm::begin_stop(Nanos grace, Actions& actions) {
  asked_ = true;
  if (phase_ == ProcessPhase::starting && config_.probed) actions.push_back(StopProbe{});
  phase_ = ProcessPhase::stopping;
  actions.push_back(Report{LifecycleType::stopping, {}, true, {}});
  actions.push_back(Signal{SIGTERM});
  // A stopped process keeps SIGTERM pending; Kubernetes' grace would be spent asleep.
  if (paused_) actions.push_back(Signal{SIGCONT});
  paused_ = false;
  actions.push_back(SetTimer{TimerId::grace, grace});
  term_sent_ = true;
}

ReplicaFsm::Actions ReplicaFsm::terminate(std::optional<Nanos> grace, bool hold, Nanos now) {
  (void)now;
  STORMPROOF_ASSERT(running_, "terminate() without a process");
  if (hold) take_hold();
  Actions actions;
  if (!term_sent_) begin_stop(grace.value_or(config_.grace), actions);
  return actions;
}

ReplicaFsm::Actions ReplicaFsm::pause_confirmed(Nanos now) {
  (void)now;
  STORMPROOF_ASSERT(running_, "pause_confirmed() without a process");
  if (paused_) return {};
  paused_ = true;
  return {Report{LifecycleType::paused, {}, true, {}}};
}

ReplicaFsm::Actions ReplicaFsm::resume_confirmed(Nanos now) {
  (void)now;
  if (!paused_) return {};
  paused_ = false;
  return {Report{LifecycleType::resumed, {}, true, {}}};
}

ReplicaFsm::Actions ReplicaFsm::release(Nanos now) {
  Actions actions;
  if (!held_) return actions;
  held_ = false;
  if (!running_ && phase_ == ProcessPhase::finished) plan_restart(now, actions);
  return actions;
}

ReplicaFsm::Actions ReplicaFsm::stop(Nanos now) {
  (void)now;
  Actions actions;
  final_ = true;
  start_when_gone_ = false;
  actions.push_back(CancelTimer{TimerId::ready});
  if (running_) {
    if (!term_sent_) begin_stop(config_.grace, actions);
    return actions;
  }
  if (phase_ == ProcessPhase::backoff) actions.push_back(CancelTimer{TimerId::restart});
  phase_ = ProcessPhase::finished;
  return actions;
}

ReplicaFsm::Actions ReplicaFsm::stop_at_once(Nanos now) {
  (void)now;
  Actions actions;
  final_ = true;
  start_when_gone_ = false;
  actions.push_back(CancelTimer{TimerId::ready});
  if (running_) {
    asked_ = true;
    actions.push_back(Signal{SIGKILL});
    return actions;
  }
  if (phase_ == ProcessPhase::backoff) actions.push_back(CancelTimer{TimerId::restart});
  phase_ = ProcessPhase::finished;
  return actions;
}

}  // namespace stormproof
