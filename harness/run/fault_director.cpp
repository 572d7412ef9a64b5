#include "harness/run/fault_director.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/model/line_regex.h"
#include "harness/run/fault_words.h"
#include "harness/run/link_trigger.h"
#include "harness/run/named_links.h"

namespace stormproof {

struct FaultDirector::Entry {
  const PlannedFault* planned = nullptr;
  const FaultKind* kind = nullptr;
  std::string on;                        ///< "client/0" or "link feed"
  std::unique_ptr<Fault> active;         ///< while in force; instants stay until the end, for heal and hits
  std::shared_ptr<LinkTrigger> trigger;  ///< armed on the fault's own link, in its place
  std::uint64_t hits_before = 0;         ///< of earlier firings (`every`)
  bool fired = false;
  bool in_force = false;
  bool waits_for_heal = false;  ///< a heal is scheduled or watched for
  std::optional<Nanos> injected_at;
  std::optional<Nanos> healed_at;

  std::uint64_t hits() const { return hits_before + (active ? active->hits() : 0); }
  const FaultSpec& spec() const { return planned->spec; }
};

/// A trigger on an event that the run itself reports: a line, an exit, another fault.
struct FaultDirector::Watch {
  const TriggerSpec* trigger = nullptr;
  std::regex pattern;
  std::int64_t remaining = 0;
  Action reached;
};

class FaultDirector::Context final : public FaultContext {
 public:
  explicit Context(Parts& parts) : parts_(parts), links_(parts.links, parts.link_log) {}
  ProcessControl& processes() override { return parts_.processes; }
  NamedLinks& links() override {
    STORMPROOF_ASSERT(parts_.links != nullptr, "a link fault in a scenario without links");
    return links_;
  }
  void injecting(const FaultSpec* fault) { links_.injecting = fault; }
  const Clock& clock() const override { return parts_.clock; }
  Recorder& recorder() override { return parts_.recorder; }
  void after(Nanos delay, std::function<void()> task) override { parts_.loop.after(delay, std::move(task)); }

 private:
  Parts& parts_;
  NamedLinks links_;
};

namespace {

bool selects(const std::string& selector, const std::string& process) {
  return selector.empty() || selector == process || process.starts_with(selector + '/');
}

}  // namespace

FaultDirector::FaultDirector(const Plan& plan, std::span<const FaultKind* const> kinds, Parts parts)
    : plan_(plan), parts_(parts), context_(std::make_unique<Context>(parts_)) {
  for (const PlannedFault& planned : plan_.faults) {
    const auto kind =
        std::find_if(kinds.begin(), kinds.end(), [&](const FaultKind* k) { return k->info.name == planned.spec.kind; });
    STORMPROOF_ASSERT(kind != kinds.end(), "a plan names a fault kind that this program does not have");
    auto entry = std::make_unique<Entry>();
    entry->planned = &planned;
    entry->kind = *kind;
    entry->on = struck_by(planned.spec);
    if (planned.armed) {
      parts_.recorder.record({.type = EventType::note,
                              .id = planned.spec.name,
                              .key = planned.spec.kind,
                              .by = "plan",
                              .detail = entry->on});
    }
    entries_.push_back(std::move(entry));
  }
  // Before any target runs: what is counted from the opening of a link must not depend on how long the others take.
  for (const auto& entry : entries_) {
    if (entry->planned->armed && LinkTrigger::fits(*entry->kind, entry->spec())) watch_own_link(*entry);
  }
}

FaultDirector::~FaultDirector() = default;

void FaultDirector::begin() {
  begun_at_ = last_action_ = parts_.clock.now();
  open_ = true;
  for (const auto& entry : entries_) {
    if (!entry->planned->armed) continue;
    if (entry->spec().when.kind == TriggerSpec::Kind::every) {
      repeat(*entry, entry->spec().when.time, 1);
    } else if (!entry->trigger) {
      watch(entry->spec().when, [this, e = entry.get()] { inject(*e); });
    }
  }
  // What struck while targets were still getting ready.
  for (const auto& entry : entries_) {
    if (entry->fired) tell_followers(entry->spec().name);
  }
}

void FaultDirector::repeat(Entry& entry, Nanos period, std::int64_t round) {
  // `occurrence` bounds the number of strikes of a periodic fault; 1, the default, means without bound.
  const std::int64_t last = entry.spec().when.occurrence;
  if (last > 1 && round > last) return;
  const Nanos delay = begun_at_ + period * round + entry.spec().when.delay - parts_.clock.now();
  auto strike = [this, e = &entry, period, round] {
    if (!open_) return;
    inject(*e);
    repeat(*e, period, round + 1);
  };
  // The run waits for the first strike and for those that were asked for by number; the others go on as long as it
  // does.
  if (round == 1 || last > 1) {
    schedule(std::max(Nanos{}, delay), std::move(strike));
  } else {
    parts_.loop.after(std::max(Nanos{}, delay), std::move(strike));
  }
}

void FaultDirector::schedule(Nanos delay, Action action) {
  ++timers_;
  parts_.loop.after(delay, [this, action = std::move(action)] {
    --timers_;
    if (!closed_) action();
  });
}

void FaultDirector::watch(const TriggerSpec& trigger, const Action& action) {
  using Kind = TriggerSpec::Kind;
  const Action act = trigger.delay.count() > 0 && trigger.kind != Kind::at
                         ? Action([this, action, delay = trigger.delay] { schedule(delay, action); })
                         : action;
  const auto wait_for_event = [&](std::int64_t times) {
    auto made = std::make_unique<Watch>();
    made->trigger = &trigger;
    made->remaining = times;
    made->reached = act;
    if (trigger.kind == Kind::log) made->pattern = std::regex(trigger.pattern, kLineRegex);
    watches_.push_back(std::move(made));
  };
  switch (trigger.kind) {
    case Kind::at:
    case Kind::every:
      schedule(std::max(Nanos{}, begun_at_ + trigger.time + trigger.delay - parts_.clock.now()), action);
      break;
    case Kind::log:
    case Kind::after: wait_for_event(trigger.occurrence); break;
    case Kind::exits: wait_for_event(trigger.count * trigger.occurrence); break;
    case Kind::effects:
    case Kind::sent:
    case Kind::acked:
    case Kind::bytes:
    case Kind::connections: watch_count(trigger, act); break;
  }
}

void FaultDirector::watch_count(const TriggerSpec& trigger, Action reached) {
  using Kind = TriggerSpec::Kind;
  const auto count = static_cast<std::uint64_t>(trigger.count * trigger.occurrence);
  // Called on whatever thread saw the count; the loop decides.
  auto on_loop = [this, &loop = parts_.loop, reached = std::move(reached)] {
    loop.post([this, reached] {
      if (open_) reached();
    });
  };
  switch (trigger.kind) {
    case Kind::effects: parts_.history.notify_at(HistoryWriter::Counter::effects, count, on_loop); break;
    case Kind::sent: parts_.history.notify_at(HistoryWriter::Counter::sent, count, on_loop); break;
    case Kind::acked: parts_.history.notify_at(HistoryWriter::Counter::acked, count, on_loop); break;
    case Kind::bytes: parts_.links->notify_at(trigger.link, LinkHost::Counter::bytes, count, on_loop); break;
    case Kind::connections:
      parts_.links->notify_at(trigger.link, LinkHost::Counter::connections, count, on_loop);
      break;
    default: STORMPROOF_ASSERT(false, "not a count trigger");
  }
}

void FaultDirector::watch_own_link(Entry& entry) {
  const FaultSpec& spec = entry.spec();
  const bool at_once = spec.when.delay == Nanos{};
  // Called on the proxy's thread, which goes on at once: what the fault causes stands behind its record.
  auto tell = [this, e = &entry, at_once] {
    if (at_once) record_injection(*e);
    parts_.loop.post([this, e, at_once] {
      if (closed_) return;
      if (at_once) return take_over(*e);
      (void)parts_.links->disarm(e->spec().link, e->trigger);
      schedule(e->spec().when.delay, [this, e] { inject(*e); });
    });
  };
  entry.trigger = std::make_shared<LinkTrigger>(
      spec.when, at_once ? entry.kind->make_link(*entry.planned) : std::shared_ptr<LinkFault>(), std::move(tell));
  context_->injecting(&spec);
  const Status armed = context_->links().arm(spec.link, spec.direction, entry.trigger);
  context_->injecting(nullptr);
  if (!armed) {
    note_trouble(fmt::format("the trigger of fault {} could not be set: {}", spec.name, armed.error().message));
  }
}

void FaultDirector::take_over(Entry& entry) {
  if (entry.fired) return;
  note_overlap(entry);
  entry.active = make_triggered_fault(entry.spec(), entry.trigger);
  strike(entry, entry.trigger->fired_at());
}

void FaultDirector::on_line(const std::string& process, std::string_view line) {
  if (!open_) return;
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    Watch& watch = *watches_[i];
    if (watch.trigger->kind != TriggerSpec::Kind::log || watch.remaining <= 0) continue;
    if (!selects(watch.trigger->target, process)) continue;
    constexpr std::size_t kLongestLineMatched = 4096;
    const std::string_view head = line.substr(0, kLongestLineMatched);
    if (!std::regex_search(head.begin(), head.end(), watch.pattern)) continue;
    if (--watch.remaining == 0) watch.reached();
  }
}

void FaultDirector::on_exit(const std::string& process) {
  last_action_ = parts_.clock.now();
  if (!open_) return;
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    Watch& watch = *watches_[i];
    if (watch.trigger->kind != TriggerSpec::Kind::exits || watch.remaining <= 0) continue;
    if (selects(watch.trigger->target, process) && --watch.remaining == 0) watch.reached();
  }
}

void FaultDirector::note_overlap(const Entry& entry) {
  std::vector<std::string> others;
  for (const auto& other : entries_) {
    if (other.get() != &entry && other->in_force) others.push_back(other->spec().name);
  }
  if (others.empty()) return;
  note_trouble(fmt::format("fault {} was injected while {} was in force", entry.spec().name, join(others, ", ")));
}

void FaultDirector::inject(Entry& entry) {
  if (entry.in_force) return;  // `every` caught up with its own `for`
  note_overlap(entry);
  if (entry.active) {
    entry.hits_before += entry.active->hits();
    (void)entry.active->heal(*context_);
  }
  entry.active = entry.kind->make(*entry.planned);
  // The record comes first: what the fault causes must not stand before it in the history.
  record_injection(entry);
  strike(entry);
}

void FaultDirector::record_injection(const Entry& entry) {
  parts_.recorder.record(
      {.type = EventType::inject, .id = entry.spec().kind, .key = entry.on, .by = entry.spec().name});
}

void FaultDirector::note_trouble(std::string what) {
  notes_.push_back(std::move(what));
  parts_.recorder.record({.type = EventType::note, .by = "harness", .detail = notes_.back()});
}

void FaultDirector::strike(Entry& entry, std::optional<Nanos> struck_at) {
  const FaultSpec& spec = entry.spec();
  context_->injecting(&spec);
  const Status injected = entry.active->inject(*context_);
  context_->injecting(nullptr);
  last_action_ = parts_.clock.now();
  entry.fired = true;
  const Nanos since = struck_at.value_or(last_action_);
  if (!entry.injected_at) entry.injected_at = since;
  if (!injected) {
    note_trouble(fmt::format("fault {} could not be injected: {}", spec.name, injected.error().message));
  }
  parts_.recorder.record({.type = EventType::bite, .seq = static_cast<std::int64_t>(entry.hits()), .by = spec.name});
  entry.in_force = true;
  tell_followers(spec.name);
  const auto heal_later = [this, e = &entry] { heal(*e); };
  if (spec.restart) {
    entry.waits_for_heal = true;
    schedule(*spec.restart, heal_later);
  } else if (!entry.kind->info.lasting) {
    heal(entry);
  } else if (spec.lasts) {
    entry.waits_for_heal = true;
    schedule(std::max(Nanos{}, since + *spec.lasts - last_action_), heal_later);
  } else if (spec.until) {
    entry.waits_for_heal = true;
    watch(*spec.until, heal_later);
  }
}

void FaultDirector::tell_followers(const std::string& fault) {
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    Watch& watch = *watches_[i];
    if (watch.trigger->kind == TriggerSpec::Kind::after && watch.trigger->fault == fault && watch.remaining > 0 &&
        --watch.remaining == 0) {
      watch.reached();
    }
  }
}

void FaultDirector::heal(Entry& entry) {
  if (!entry.in_force) return;
  const FaultSpec& spec = entry.spec();
  // An instant whose target's own policy restarts it has nothing to undo yet; heal_all does at the end.
  const bool undo = entry.kind->info.lasting || spec.restart.has_value() || !open_;
  if (undo) {
    if (const Status healed = entry.active->heal(*context_); !healed) {
      notes_.push_back(fmt::format("fault {} could not be healed: {}", spec.name, healed.error().message));
    }
  }
  entry.in_force = false;
  entry.waits_for_heal = false;
  last_action_ = parts_.clock.now();
  entry.healed_at = last_action_;
  parts_.recorder.record({.type = EventType::bite, .seq = static_cast<std::int64_t>(entry.hits()), .by = spec.name});
  parts_.recorder.record({.type = EventType::heal, .id = spec.kind, .key = entry.on, .by = spec.name});
}

void FaultDirector::heal_all() {
  open_ = false;
  closed_ = true;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if ((*entry)->in_force) {
      heal(**entry);
    } else if ((*entry)->active) {
      (void)(*entry)->active->heal(*context_);
    } else if ((*entry)->trigger) {
      forget_trigger(**entry);
    }
  }
}

void FaultDirector::forget_trigger(Entry& entry) {
  (void)parts_.links->disarm(entry.spec().link, entry.trigger);
  // It may have struck so late that the loop does not know of it yet.
  const bool struck = entry.spec().when.delay == Nanos{} && entry.trigger->fired_at() >= Nanos{};
  if (!struck || entry.fired) return;
  entry.fired = entry.in_force = true;
  entry.active = make_triggered_fault(entry.spec(), entry.trigger);
  entry.injected_at = entry.trigger->fired_at();
  heal(entry);
}

void FaultDirector::close() {
  heal_all();
  for (const auto& entry : entries_) {
    if (!entry->fired) continue;
    parts_.recorder.record(
        {.type = EventType::bite, .seq = static_cast<std::int64_t>(entry->hits()), .by = entry->spec().name});
  }
}

bool FaultDirector::settled() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    return !entry->planned->armed || (entry->fired && !entry->waits_for_heal);
  });
}

bool FaultDirector::timed_pending() const { return timers_ > 0; }

std::vector<std::string> FaultDirector::in_force() const {
  std::vector<std::string> names;
  for (const auto& entry : entries_) {
    if (entry->in_force) names.push_back(entry->spec().name);
  }
  return names;
}

std::vector<FaultSummary> FaultDirector::summaries() const {
  std::vector<FaultSummary> all;
  for (const auto& entry : entries_) {
    FaultSummary summary;
    summary.name = entry->spec().name;
    summary.kind = entry->spec().kind;
    summary.on = entry->on;
    summary.when = describe(entry->spec().when);
    summary.armed = entry->planned->armed;
    summary.fired = entry->fired;
    summary.hits = entry->hits();
    summary.injected_at = entry->injected_at;
    summary.healed_at = entry->healed_at;
    all.push_back(std::move(summary));
  }
  return all;
}

}  // namespace stormproof
