#include "harness/check/fast_check.h"

#include <algorithm>

#include "harness/check/check_context.h"
#include "harness/check/evidence.h"
#include "harness/check/memory_limit.h"
#include "harness/history/batch_reader.h"

namespace stormproof {

namespace {

/// Kept in full at most, for evidence. Only where nobody looked for some of the missing are there more than a few
/// hundred.
constexpr std::uint64_t kKept = 2'000'000;

/// The skew that all invariants agree on; nullopt when they do not.
std::optional<Nanos> common_skew(const std::vector<InvariantSpec>& specs) {
  std::optional<Nanos> common;
  for (const InvariantSpec& spec : specs) {
    if (!spec.params.has("skew")) continue;
    const Nanos skew = spec.params.duration("skew");
    if (skew < Nanos{} || (common && *common != skew)) return std::nullopt;
    common = skew;
  }
  return common.value_or(Nanos::max());
}

class FastCheck {
 public:
  FastCheck(BatchSource& source, const std::vector<InvariantSpec>& specs, const CheckOptions& options,
            NumberedIds numbered, Nanos skew)
      : source_(source),
        size_(source.size()),
        memory_(options.memory),
        threads_(options.threads),
        checker_(specs, options),
        states_(numbered, skew) {}

  enum class End { done, not_plain, scattered, out_of_memory };

  End run() {
    const Result<ReadReport> report = source_.read(threads_, [&](Batch& batch) { return take(batch); });
    if (end_ != End::done) return end_;
    if (!report) return stop(End::not_plain);
    checker_.context().end(report->describe());
    if (!collect_evidence()) return end_;
    result_ = checker_.finish(*report);
    return End::done;
  }

  CheckResult result() { return std::move(*result_); }
  std::uint64_t bytes() const { return states_.bytes() + places_.capacity() * sizeof(Place); }
  std::uint64_t events() const { return states_.events(); }

 private:
  End stop(End end) { return end_ = end; }

  bool take(Batch& batch) {
    traits_.has_seq |= batch.has_seq;
    traits_.has_digest |= batch.has_digest;
    if (batch.has_witness || (traits_known_ != traits() && !plain())) {
      stop(End::not_plain);
      return false;
    }
    std::size_t passed = 0;
    for (const Batch::Other& other : batch.others) {
      if (other.event.type == EventType::note && other.event.id == "witness") {
        stop(End::not_plain);
        return false;
      }
      pass(batch, passed, other.before);
      passed = other.before;
      checker_.on_event(other.event.view());
    }
    pass(batch, passed, batch.plain.size());
    if (!batch.plain.empty()) places_.push_back(batch.place);
    if (size_ > 0) states_.expect(static_cast<double>(batch.place.offset) / static_cast<double>(size_));
    if (states_.scattered()) stop(End::scattered);
    if (states_.backwards()) stop(End::not_plain);
    if (end_ == End::done && bytes() > memory_) stop(End::out_of_memory);
    return end_ == End::done;
  }

  unsigned traits() const { return (traits_.has_seq ? 1U : 0U) + (traits_.has_digest ? 2U : 0U); }

  bool plain() {
    traits_known_ = traits();
    checker_.context().note_traits(traits_);
    return checker_.sight(traits_) != Sight::every_event;
  }

  void pass(const Batch& batch, std::size_t from, std::size_t to) {
    checker_.pass({batch.plain.data() + from, to - from}, states_);
  }

  /// False when the history has to go another way after all, as `end_` says.
  bool collect_evidence() {
    CheckContext& context = checker_.context();
    Census census = states_.census();
    Missing missing = Missing::first;
    if (!context.absence_proves_nothing().empty()) {
      missing = Missing::none;
    } else if (*census.missing > 0 && !context.was_looked_for(states_.latest_ok())) {
      missing = Missing::all;
      census.missing.reset();
    }
    context.take_census(census);
    Evidence evidence(states_, missing);
    if (evidence.empty()) return true;
    if (evidence.at_most() > kKept) return stop(End::not_plain) == End::done;
    const Status status = source_.again(places_, threads_, evidence, [&](const EventView& event) {
      if (evidence.admit(code_of(event.id))) checker_.replay(event);
    });
    if (!status || (traits_.has_seq && a_missing_one_has_a_place())) stop(End::not_plain);
    return end_ == End::done;
  }

  /// Its neighbours in its key are part of the evidence then, and they are no suspects.
  bool a_missing_one_has_a_place() {
    const auto& kept = checker_.context().messages().all();
    return std::any_of(kept.begin(), kept.end(), [](const Message& message) {
      return message.acked() && message.effects == 0 && message.seq != EventView::kNoSeq;
    });
  }

  BatchSource& source_;
  const std::uint64_t size_;
  const std::uint64_t memory_;
  const unsigned threads_;
  Checker checker_;
  MessageStates states_;
  std::vector<Place> places_;
  HistoryTraits traits_;
  unsigned traits_known_ = 0;
  End end_ = End::done;
  std::optional<CheckResult> result_;
};

}  // namespace

std::optional<Result<CheckResult>> check_fast(BatchSource& source, const std::vector<InvariantSpec>& specs,
                                              const CheckOptions& options) {
  const std::optional<Nanos> skew = common_skew(specs);
  if (!skew || Checker(specs, options).sight({}) == Sight::every_event) return std::nullopt;
  for (const NumberedIds numbered : {NumberedIds::dense, NumberedIds::sparse}) {
    FastCheck check(source, specs, options, numbered, *skew);
    switch (check.run()) {
      case FastCheck::End::done: return check.result();
      case FastCheck::End::not_plain: return std::nullopt;
      case FastCheck::End::scattered: continue;
      case FastCheck::End::out_of_memory: return out_of_memory(options.memory, check.bytes(), check.events());
    }
  }
  return std::nullopt;
}

}  // namespace stormproof
