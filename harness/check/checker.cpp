#include "harness/check/checker.h"

#include <fmt/core.h>

#include <algorithm>
#include <new>
#include <set>

#include "harness/base/assert.h"
#include "harness/check/catalog.h"
#include "harness/check/check_context.h"
#include "harness/check/message_states.h"

namespace stormproof {

namespace {

bool asks_for(const std::vector<InvariantSpec>& specs, std::string_view name) {
  return std::any_of(specs.begin(), specs.end(), [&](const InvariantSpec& spec) { return spec.name == name; });
}

bool replays_are_legal(const std::vector<InvariantSpec>& specs) {
  return asks_for(specs, "at_least_once") && !asks_for(specs, "exactly_once") && !asks_for(specs, "at_most_once") &&
         !asks_for(specs, "no_duplicates");
}

struct UnaskedExit {
  Nanos first{};
  std::string how;
  std::uint64_t times = 0;
};

}  // namespace

struct Checker::Impl {
  Impl(const std::vector<InvariantSpec>& specs, const CheckOptions& chosen)
      : options(chosen), context(chosen.settle, replays_are_legal(specs)) {
    for (const InvariantSpec& spec : specs) {
      const InvariantKind* const kind = find_invariant(spec.name);
      STORMPROOF_ASSERT(kind != nullptr, "an invariant that is not in the catalog got past the scenario's checks");
      invariants.push_back(kind->make(spec.params));
      Invariant* const made = invariants.back().get();
      (made->sight({}) == Sight::flow ? flow : suspects).push_back(made);
    }
  }

  CheckOptions options;
  CheckContext context;
  std::vector<std::unique_ptr<Invariant>> invariants;
  std::vector<Invariant*> flow;           // those that see every plain event
  std::vector<Invariant*> suspects;       // those that see the events of suspects
  std::vector<std::string> harness_says;  // notes by the harness that make the verdict unknown
  std::map<std::string, UnaskedExit, std::less<>> unasked;

  std::vector<FlowEvent> run;          // what `flow` sees of a run of plain events
  std::vector<unsigned char> pending;  // before each of them

  void pass_run(std::span<const PlainEvent> events, MessageStates& states);
  void look_at(const EventView& event);
  Counts counts(const std::vector<InvariantResult>& results) const;
  Counts kept_counts() const;
  std::vector<std::string> causes(const CheckResult& result) const;
  void fault_causes(std::vector<std::string>& causes) const;
  void flow_causes(const Counts& counts, std::vector<std::string>& causes) const;
};

Checker::Checker(const std::vector<InvariantSpec>& specs, const CheckOptions& options)
    : impl_(std::make_unique<Impl>(specs, options)) {}
Checker::~Checker() = default;
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;

void Checker::on_event(const EventView& event) {
  impl_->context.begin(event);
  for (const auto& invariant : impl_->invariants) invariant->on_event(event, impl_->context);
  impl_->context.apply(event);
  impl_->look_at(event);
}

Sight Checker::sight(const HistoryTraits& traits) const {
  Sight most = Sight::flow;
  for (const auto& invariant : impl_->invariants) most = std::max(most, invariant->sight(traits));
  return most;
}

void Checker::pass(std::span<const PlainEvent> events, MessageStates& states) {
  CheckContext& context = impl_->context;
  // Up to the first effect after a heal one by one: that is the fault's recovery.
  while (!events.empty() && context.faults().awaits_effect()) {
    EventView event;
    event.t = Nanos(events.front().t);
    event.type = events.front().type();
    impl_->pass_run(events.first(1), states);
    context.first_after_heal(event);
    events = events.subspan(1);
  }
  impl_->pass_run(events, states);
}

void Checker::Impl::pass_run(std::span<const PlainEvent> events, MessageStates& states) {
  const std::uint64_t effects = states.effects();
  if (flow.empty()) {
    states.apply(events);
  } else {
    pending.resize(events.size());
    states.apply(events, pending.data());
    run.resize(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) run[i] = {Nanos(events[i].t), events[i].type(), pending[i] != 0};
    for (Invariant* const invariant : flow) invariant->on_flow(run, context);
  }
  context.pass(events.size(), states.effects() - effects, states.latest(), states.waiting());
}

void Checker::replay(const EventView& event) {
  CheckContext& context = impl_->context;
  context.begin_replay(event);
  for (Invariant* const invariant : impl_->suspects) invariant->on_event(event, context);
  context.apply_replay(event);
}

CheckContext& Checker::context() { return impl_->context; }

void Checker::Impl::look_at(const EventView& event) {
  if (event.type == EventType::note && event.by == "harness" && event.id == "unknown") {
    constexpr std::size_t kEnough = 50;
    std::string text(event.detail.empty() ? std::string_view("the harness gave no reason") : event.detail);
    if (harness_says.size() < kEnough &&
        std::find(harness_says.begin(), harness_says.end(), text) == harness_says.end()) {
      harness_says.push_back(std::move(text));
    }
  } else if (event.type == EventType::process && event.id == "exited" && event.key == "unasked") {
    UnaskedExit& exit = unasked[std::string(event.by)];
    if (exit.times++ == 0) {
      exit.first = event.t;
      exit.how = event.detail;
      if (exit.how.empty() && event.seq != EventView::kNoSeq) exit.how = "exit code " + std::to_string(event.seq);
    }
  }
}

Counts Checker::Impl::counts(const std::vector<InvariantResult>& results) const {
  const Census* const census = context.census();
  Counts counts = census == nullptr ? kept_counts() : census->counts;
  if (census != nullptr) {
    const bool provable = context.absence_proves_nothing().empty();
    counts.lost = !provable ? 0 : census->missing.value_or(kept_counts().lost);
  }
  counts.effects = context.effects();
  counts.corrupt = context.corrupt();
  for (const InvariantResult& result : results) {
    if (result.name == "in_order") counts.reordered = std::max(counts.reordered, result.anomalies_total);
    if (result.name == "no_gaps") counts.gap = std::max(counts.gap, result.anomalies_total);
  }
  return counts;
}

Counts Checker::Impl::kept_counts() const {
  Counts counts;
  const std::string unprovable = context.absence_proves_nothing();
  for (const Message& message : context.messages().all()) {
    const Outcome outcome = message.final_outcome();
    const bool seen = message.effects > 0;
    if (!message.attempted()) {
      if (seen) ++counts.phantom;
      continue;
    }
    ++counts.attempted;
    if (message.copies > 1) counts.duplicate += message.copies - 1;
    if (outcome == Outcome::ok) {
      ++counts.acked;
      if (!seen && unprovable.empty() && context.was_looked_for(message)) ++counts.lost;
    } else if (outcome == Outcome::fail) {
      ++counts.failed;
      if (seen) ++counts.aborted_read;
    } else {
      ++counts.info;
      if (seen) ++counts.recovered;
    }
  }
  return counts;
}

void Checker::Impl::fault_causes(std::vector<std::string>& causes) const {
  for (const FaultObservation& fault : context.faults().faults()) {
    const std::string what = fault.name + (fault.on.empty() ? "" : " on " + fault.on);
    if (!fault.fired) {
      if (fault.planned) causes.push_back("the fault " + what + " was planned but never fired");
    } else if (fault.hits == 0 && (fault.counted || (fault.planned && !options.foreign))) {
      causes.push_back("the fault " + what + " fired but was never observed to act (0 hits)");
    }
  }
}

void Checker::Impl::flow_causes(const Counts& counts, std::vector<std::string>& causes) const {
  if (counts.attempted == 0) {
    causes.emplace_back("nothing was attempted: the source sent no message");
  } else if (counts.effects == 0 && counts.failed < counts.attempted) {
    causes.push_back(
        fmt::format("no effect was observed at all, though {} messages were sent: either nothing flowed or "
                    "the witness looked in the wrong place",
                    counts.attempted));
  }
}

std::vector<std::string> Checker::Impl::causes(const CheckResult& result) const {
  std::vector<std::string> causes = harness_says;
  if (!context.history_gap().empty()) causes.push_back(context.history_gap());
  if (result.invariants.empty()) causes.emplace_back("no invariant was asked for");
  flow_causes(result.counts, causes);
  fault_causes(causes);
  bool failed = false;
  for (const InvariantResult& invariant : result.invariants) {
    failed = failed || invariant.verdict == Verdict::fail;
    if (invariant.verdict == Verdict::unknown) causes.push_back(invariant.name + ": " + invariant.unknown_because);
  }
  if (failed) return causes;
  for (const auto& [process, exit] : unasked) {
    std::string text = process + " ended at " + at_text(exit.first) + " though nobody asked it to";
    if (!exit.how.empty()) text += ": " + exit.how;
    if (exit.times == 2) text += " (and once more)";
    if (exit.times > 2) text += fmt::format(" (and {} times more)", exit.times - 1);
    causes.push_back(std::move(text));
  }
  return causes;
}

CheckResult Checker::finish(const ReadReport& report) {
  Impl& impl = *impl_;
  impl.context.end(report.describe());
  CheckResult result;
  for (const auto& invariant : impl.invariants) result.invariants.push_back(invariant->finish(impl.context));
  result.counts = impl.counts(result.invariants);
  result.unknown_because = impl.causes(result);
  result.faults = impl.context.faults().faults();
  for (const FaultObservation& fault : result.faults) {
    if (fault.recovery) result.fault_recovery[fault.name] = *fault.recovery;
  }
  result.verdict = result.unknown_because.empty() ? Verdict::pass : Verdict::unknown;
  for (const InvariantResult& invariant : result.invariants) {
    result.verdict = merge(result.verdict, invariant.verdict);
  }
  return result;
}

}  // namespace stormproof
