/// fresh_reads: a read sees what was known before it began. Reads are notes (reads.h) whose seq is the newest offset,
/// or version, that the reader saw of a log or object (the key); -1 when it saw none. Offsets of acknowledgements and
/// effects as in consistent_offsets.
///   stale_read   before the read began, an acknowledgement or another reader had named a higher offset of that key.
///                One anomaly a read.
/// Unknown when there is no read.
#include <fmt/core.h>

#include <map>
#include <string>

#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/log_offsets.h"
#include "harness/check/reads.h"

namespace stormproof {

namespace {

class FreshReads final : public Invariant {
 public:
  FreshReads(OffsetField field, bool alone) : field_(field), alone_(alone) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type == EventType::ok || event.type == EventType::effect) {
      if (const auto offset = offset_of(event, field_)) know(log_of(event, context), *offset, event, event.id);
    } else if (begins_read(event)) {
      const auto known = known_.find(event.key);
      begun_[{std::string(event.by), std::string(event.key)}] = known == known_.end() ? Known{} : known->second;
    } else if (ends_read(event)) {
      judge(event, context);
    }
  }

  InvariantResult finish(const CheckContext&) override {
    return findings_.result("fresh_reads", any_ || !alone_ ? "" : "the history has no reads");
  }

 private:
  struct Known {
    std::int64_t offset = INT64_MIN;
    Nanos t{};
    std::string id;
  };

  void know(std::string_view log, std::int64_t offset, const EventView& event, std::string_view id) {
    auto found = known_.find(log);
    if (found == known_.end()) found = known_.emplace(log, Known{}).first;
    if (offset > found->second.offset) found->second = {offset, event.t, std::string(id)};
  }

  void judge(const EventView& event, const CheckContext& context) {
    any_ = true;
    const auto begun = begun_.find({std::string(event.by), std::string(event.key)});
    const auto known = known_.find(event.key);
    const Known before = begun != begun_.end() ? begun->second : known == known_.end() ? Known{} : known->second;
    if (begun != begun_.end()) begun_.erase(begun);
    if (before.offset > event.seq) {
      findings_.add("stale_read", [&] {
        Anomaly anomaly;
        anomaly.kind = "stale_read";
        anomaly.id = before.id;
        anomaly.key = event.key;
        anomaly.seq = before.offset;
        anomaly.t = event.t;
        anomaly.process = event.by;
        anomaly.fault = context.faults().in_force_at(event.t);
        anomaly.detail = fmt::format("a read that ended at {} saw up to {}, though {} was known at {}, before it began",
                                     at_text(event.t), event.seq, before.offset, at_text(before.t));
        return anomaly;
      });
    }
    know(event.key, event.seq, event, {});
  }

  OffsetField field_;
  bool alone_;
  bool any_ = false;
  std::map<std::string, Known, std::less<>> known_;             // by key
  std::map<std::pair<std::string, std::string>, Known> begun_;  // by reader and key
  Findings findings_;
};

constexpr std::string_view kDefinition =
    "Reads are notes with id \"read\", key what was read and seq the newest offset or version seen; \"reading\" marks "
    "their beginning. stale_read: before the read began, an acknowledgement or another reader had named a higher one. "
    "Unknown without reads.";

}  // namespace

std::unique_ptr<Invariant> make_fresh_reads(const Params& params, bool alone) {
  return std::make_unique<FreshReads>(offset_field(params), alone);
}

const InvariantKind fresh_reads_kind{{{.name = "fresh_reads",
                                       .summary = "a read sees what was known before it began (stale_read)",
                                       .params = {&kOffsetParam, 1}},
                                      "by",
                                      kDefinition},
                                     [](const Params& params) { return make_fresh_reads(params, true); }};

}  // namespace stormproof
