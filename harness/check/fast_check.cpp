#include "harness/check/fast_check.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "harness/check/check_context.h"
#include "harness/check/memory_limit.h"
#include "harness/history/batch_reader.h"

namespace stormproof {

namespace {

/// More are not listed; then every place is read again and each message looked up.
constexpr std::size_t kListed = 1'000'000;
/// Kept in full at most, for evidence. Only where nobody looked for some of the missing are there more than a few
/// hundred.
constexpr std::size_t kKept = 2'000'000;

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
  FastCheck(ByteSource& source, const std::vector<InvariantSpec>& specs, const CheckOptions& options,
            NumberedIds numbered, Nanos skew)
      : source_(source),
        memory_(options.memory),
        threads_(options.threads),
        checker_(specs, options),
        states_(numbered, skew) {}

  enum class End { done, not_plain, scattered, out_of_memory };

  End run() {
    const Result<ReadReport> report = read_batches(source_, threads_, [&](Batch& batch) { return take(batch); });
    if (end_ != End::done) return end_;
    if (!report) return stop(End::not_plain);
    checker_.context().end(report->describe());
    if (!replay_suspects(report->format)) return end_;
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
  bool replay_suspects(ReadReport::Format format) {
    CheckContext& context = checker_.context();
    Census census = states_.census();
    const bool missing_prove_nothing = !context.absence_proves_nothing().empty();
    all_looked_for_ = missing_prove_nothing || context.was_looked_for(states_.latest_ok());
    const std::uint64_t missing = *census.missing;
    if (!all_looked_for_ && missing > 0) census.missing.reset();
    context.take_census(census);
    ignore_missing_ = missing_prove_nothing;
    std::vector<MessageCode> codes;
    listed_ = states_.suspects(kListed, codes);
    for (const MessageCode& code : states_.repeated()) repeated_.insert(code);
    suspects_.insert(codes.begin(), codes.end());
    if (codes.empty()) return true;
    if (!all_looked_for_ && missing > kKept) return stop(End::not_plain) == End::done;
    const std::vector<Place> places = listed_ ? places_with(std::move(codes)) : places_;
    const Status status = read_again(
        source_, format, places, threads_, [&](const MessageCode& code) { return suspect(code); },
        [&](const EventView& event) {
          if (admit(code_of(event.id))) checker_.replay(event);
          return true;
        });
    if (!status) return stop(End::not_plain) == End::done;
    if (traits_.has_seq && a_missing_one_has_a_place()) return stop(End::not_plain) == End::done;
    return true;
  }

  bool suspect(const MessageCode& code) const {
    if (listed_) return suspects_.count(states_.table_code(code)) > 0;
    return states_.suspicion(code) != MessageStates::Suspicion::none || repeated_.count(states_.table_code(code)) > 0;
  }

  /// Of each kind the first as many as evidence is kept of, in the order in which they first appear.
  bool admit(const MessageCode& code) {
    const MessageCode known = states_.table_code(code);
    if (admitted_.count(known) > 0) return true;
    const MessageStates::Suspicion why = states_.suspicion(code);
    bool admitted = repeated_.count(known) > 0;
    if (why != MessageStates::Suspicion::none && !(why == MessageStates::Suspicion::missing && ignore_missing_)) {
      std::uint64_t& kept = kept_[static_cast<std::size_t>(why)];
      const bool all = why == MessageStates::Suspicion::missing && !all_looked_for_;
      if (all || kept < InvariantResult::kAnomaliesKept) {
        ++kept;
        admitted = true;
      }
    }
    if (admitted) admitted_.insert(known);
    return admitted;
  }

  /// Those that may hold an event of one of the suspects.
  std::vector<Place> places_with(std::vector<MessageCode> codes) const {
    const auto before = [](const MessageCode& a, const MessageCode& b) { return a.b != b.b ? a.b < b.b : a.a < b.a; };
    std::sort(codes.begin(), codes.end(), before);
    std::vector<Place> chosen;
    for (const Place& place : places_) {
      if (place.b == 0 || !states_.is_dense(place.b)) {
        chosen.push_back(place);
        continue;
      }
      const auto next = std::lower_bound(codes.begin(), codes.end(), MessageCode{place.lowest, place.b}, before);
      if (next != codes.end() && next->b == place.b && next->a <= place.highest) chosen.push_back(place);
    }
    return chosen;
  }

  /// Its neighbours in its key are part of the evidence then, and they are no suspects.
  bool a_missing_one_has_a_place() {
    const auto& kept = checker_.context().messages().all();
    return std::any_of(kept.begin(), kept.end(), [](const Message& message) {
      return message.acked() && message.effects == 0 && message.seq != EventView::kNoSeq;
    });
  }

  struct CodeHash {
    std::size_t operator()(const MessageCode& code) const { return spread(code.a ^ spread(code.b)); }
  };
  using Codes = std::unordered_set<MessageCode, CodeHash>;

  ByteSource& source_;
  const std::uint64_t memory_;
  const unsigned threads_;
  Checker checker_;
  MessageStates states_;
  std::vector<Place> places_;
  HistoryTraits traits_;
  unsigned traits_known_ = 0;
  End end_ = End::done;
  std::optional<CheckResult> result_;

  bool listed_ = true;  // suspects_ has all
  bool all_looked_for_ = true;
  bool ignore_missing_ = false;
  Codes suspects_;
  Codes repeated_;
  Codes admitted_;
  std::array<std::uint64_t, 4> kept_{};  // by Suspicion
};

}  // namespace

std::optional<Result<CheckResult>> check_fast(ByteSource& source, const std::vector<InvariantSpec>& specs,
                                              const CheckOptions& options) {
  const std::optional<Nanos> skew = common_skew(specs);
  if (!skew || Checker(specs, options).sight({}) == Sight::every_event) return std::nullopt;
  for (const NumberedIds numbered : {NumberedIds::dense, NumberedIds::sparse}) {
    if (!source.seek(0)) return std::nullopt;
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
