/// all_seen: every message acknowledged at an offset was read. Log and offset as in consistent_offsets.
///   lost     acknowledged, never read, and an offset beyond its own was read from that log: readers passed it by
///            (Jepsen's lost-write).
///   unseen   acknowledged, never read, and nothing beyond it was read either: readers did not get that far (Jepsen's
///            unseen).
/// Both under the conditions of no_loss: a complete look began after the acknowledgement; otherwise unknown. Decided at
/// the end. Unknown when no acknowledgement carries an offset.
#include <fmt/core.h>

#include <unordered_map>
#include <vector>

#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/log_offsets.h"
#include "harness/check/missing.h"

namespace stormproof {

namespace {

class AllSeen final : public Invariant {
 public:
  explicit AllSeen(OffsetField field) : field_(field) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type != EventType::effect && event.type != EventType::ok) return;
    const auto offset = offset_of(event, field_);
    if (!offset) return;
    const std::uint32_t log = logs_.intern(log_of(event, context));
    if (log == read_to_.size()) read_to_.push_back(INT64_MIN);
    if (event.type == EventType::effect) {
      read_to_[log] = std::max(read_to_[log], *offset);
    } else {
      any_ = true;
      stored_.try_emplace(context.current_index(), Place{log, *offset});
    }
  }

  InvariantResult finish(const CheckContext& context) override {
    const std::string unprovable = context.absence_proves_nothing();
    Findings findings;
    std::uint64_t never_looked_for = 0;
    const auto& all = context.messages().all();
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (!all[i].acked() || all[i].effects > 0) continue;
      const auto stored = stored_.find(i);
      if (stored == stored_.end()) continue;
      if (!unprovable.empty() || !context.was_looked_for(all[i])) {
        ++never_looked_for;
      } else {
        report(context, all[i], stored->second, findings);
      }
    }
    std::string unknown = any_ ? "" : "no acknowledgement carries an offset";
    if (never_looked_for > 0) {
      unknown = missing_but(never_looked_for,
                            unprovable.empty() ? "nobody looked for it after it was acknowledged" : unprovable);
    }
    return findings.result("all_seen", unknown);
  }

 private:
  struct Place {
    std::uint32_t log = 0;
    std::int64_t offset = 0;
  };

  void report(const CheckContext& context, const Message& message, const Place& place, Findings& findings) const {
    const std::int64_t read_to = read_to_[place.log];
    const char* const kind = read_to > place.offset ? "lost" : "unseen";
    findings.add(kind, [&] {
      Anomaly anomaly = context.about(message, kind, context.now(), Interner::kNone);
      anomaly.key = logs_.text(place.log);
      anomaly.fault = context.faults().in_force_at(message.completed);
      const std::string end = read_to == INT64_MIN ? "nothing of this log was read"
                                                   : fmt::format("the log was read up to offset {}", read_to);
      anomaly.detail =
          fmt::format("acknowledged at {} at offset {}, never read; {}", at_text(message.completed), place.offset, end);
      return anomaly;
    });
  }

  OffsetField field_;
  Interner logs_;
  bool any_ = false;
  std::vector<std::int64_t> read_to_;                // by log
  std::unordered_map<std::uint32_t, Place> stored_;  // by message
};

constexpr std::string_view kDefinition =
    "Of the messages acknowledged at an offset and never read: lost, when a later offset of the log was read; unseen, "
    "when "
    "none was. Under the conditions of no_loss. Unknown when no acknowledgement carries an offset.";

}  // namespace

std::unique_ptr<Invariant> make_all_seen(const Params& params) {
  return std::make_unique<AllSeen>(offset_field(params));
}

const InvariantKind all_seen_kind{{{.name = "all_seen",
                                    .summary = "what was acknowledged at an offset was read (lost, unseen)",
                                    .params = {&kOffsetParam, 1}},
                                   "by",
                                   kDefinition},
                                  make_all_seen};

}  // namespace stormproof
