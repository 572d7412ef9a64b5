/// counter_bounds: a counter lies between what certainly was added and what may have been. An operation adds the N of
/// "add=N" in the detail of its `invoke` (1 without it) to the counter of its key; reads are notes (reads.h) whose seq
/// is the value.
///   out_of_bounds   a read below the sum of the amounts acknowledged before it began (negative ones: sent before it
///                   ended), or above the sum of those sent before it ended (negative ones: acknowledged before it
///                   began). One anomaly a read.
/// An operation that failed added nothing, one of unknown outcome may have, at any later time. One that fails only
/// after the read counts as sent: it might have been seen. Retries under one id are one addition. Unknown without
/// reads.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/check/check_context.h"
#include "harness/check/detail_words.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/reads.h"

namespace stormproof {

namespace {

class CounterBounds final : public Invariant {
 public:
  void on_event(const EventView& event, const CheckContext& context) override {
    if (context.current() != nullptr && event.type != EventType::effect) {
      operation(event, context);
    } else if (begins_read(event)) {
      const Sums& sums = counters_[std::string(event.key)];
      begun_[{std::string(event.by), std::string(event.key)}] = sums;
    } else if (ends_read(event)) {
      judge(event, context);
    }
  }

  InvariantResult finish(const CheckContext& context) override {
    if (findings_.total() > 0 && !context.history_gap().empty()) {
      return Findings().result("counter_bounds", "a read was out of bounds, but the history itself is incomplete");
    }
    return findings_.result("counter_bounds", any_ ? "" : "the history has no reads");
  }

 private:
  static constexpr std::int64_t kMost = 1'000'000'000'000;  // of one addition: sums do not overflow

  /// Of positive and negative amounts, apart.
  struct Sums {
    std::int64_t sent[2] = {0, 0};
    std::int64_t acked[2] = {0, 0};
  };
  struct Addition {
    std::int64_t amount = 0;
    Sums* counter = nullptr;
    bool counted = false;  // as sent
  };

  void operation(const EventView& event, const CheckContext& context) {
    const Message& message = *context.current();
    if (additions_.size() <= context.current_index()) {
      additions_.resize(std::max<std::size_t>(context.current_index() + 1, 2 * additions_.size()));
    }
    Addition& addition = additions_[context.current_index()];
    if (addition.counter == nullptr) {
      addition.amount = std::clamp(detail_number(event.detail, "add").value_or(1), -kMost, kMost);
      addition.counter = &counters_[std::string(event.key)];
    }
    const std::size_t sign = addition.amount < 0 ? 1 : 0;
    if (event.type == EventType::fail) {
      const bool may_still = message.acked() || message.outcome == Outcome::info || message.open > 1;
      if (addition.counted && !may_still) addition.counter->sent[sign] -= addition.amount;
      addition.counted = addition.counted && may_still;
      return;
    }
    if (!addition.counted) addition.counter->sent[sign] += addition.amount;
    addition.counted = true;
    if (event.type == EventType::ok && !message.acked()) addition.counter->acked[sign] += addition.amount;
  }

  void judge(const EventView& event, const CheckContext& context) {
    any_ = true;
    const Sums& now = counters_[std::string(event.key)];
    const auto begun = begun_.find({std::string(event.by), std::string(event.key)});
    const Sums before = begun == begun_.end() ? now : begun->second;
    if (begun != begun_.end()) begun_.erase(begun);
    const std::int64_t low = before.acked[0] + now.sent[1];
    const std::int64_t high = now.sent[0] + before.acked[1];
    if (event.seq >= low && event.seq <= high) return;
    findings_.add("out_of_bounds", [&] {
      Anomaly anomaly;
      anomaly.kind = "out_of_bounds";
      anomaly.key = event.key;
      anomaly.t = event.t;
      anomaly.process = event.by;
      anomaly.fault = context.faults().in_force_at(event.t);
      anomaly.detail =
          event.seq < low
              ? fmt::format("read as {} at {}, but {} had certainly been added", event.seq, at_text(event.t), low)
              : fmt::format("read as {} at {}, but at most {} can have been added", event.seq, at_text(event.t), high);
      return anomaly;
    });
  }

  bool any_ = false;
  std::unordered_map<std::string, Sums> counters_;  // stable addresses: additions point here
  std::vector<Addition> additions_;                 // by message
  std::map<std::pair<std::string, std::string>, Sums> begun_;
  Findings findings_;
};

constexpr std::string_view kDefinition =
    "Operations add \"add=N\" (in the detail of the invoke; 1 without it) to the counter of their key; reads are notes "
    "with "
    "id \"read\" and seq the value, \"reading\" marks their beginning. out_of_bounds: a read below what was "
    "acknowledged "
    "before it began, or above what was sent before it ended and had not failed. Unknown without reads.";

}  // namespace

const InvariantKind counter_bounds_kind{
    {{.name = "counter_bounds", .summary = "a counter shows what was added, no less and no more (out_of_bounds)"},
     {},
     kDefinition},
    [](const Params&) -> std::unique_ptr<Invariant> { return std::make_unique<CounterBounds>(); }};

}  // namespace stormproof
