/// monotonic_reads: a reader's session goes through a log forwards and leaves nothing out. Sessions as in sessions.h;
/// log and offset as in consistent_offsets.
///   nonmonotonic   an effect whose offset is not beyond the last one of its session in that log (Jepsen's
///                  nonmonotonic-poll).
///   skip           an effect that leaves out an offset between the last one of its session and its own that exists: at
///                  some time in the history an acknowledgement or any reader named it (Jepsen's poll-skip). One
///                  anomaly a jump. Offsets nobody ever named are legal holes (transaction marks, compaction).
/// Where a session begins is not judged: that is the business of resumable. Unknown when no effect carries an offset,
/// and for skips when the history is incomplete.
#include <fmt/core.h>

#include <map>
#include <vector>

#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/log_offsets.h"
#include "harness/check/sessions.h"

namespace stormproof {

namespace {

class MonotonicReads final : public Invariant {
 public:
  explicit MonotonicReads(OffsetField field) : field_(field) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    sessions_.on_event(event, context);
    if (event.type != EventType::effect && event.type != EventType::ok) return;
    const auto offset = offset_of(event, field_);
    if (!offset) return;
    const std::uint32_t log = logs_.intern(log_of(event, context));
    if (log == existing_.size()) existing_.emplace_back();
    existing_[log].insert(*offset);
    if (event.type == EventType::effect) read(event, context, log, *offset);
  }

  InvariantResult finish(const CheckContext& context) override {
    bool hidden = false;
    for (const Jump& jump : jumps_) {
      const auto skipped = existing_[jump.log].first_between(jump.from, jump.to);
      if (!skipped) continue;
      hidden = hidden || !context.history_gap().empty();
      if (!hidden) findings_.add("skip", [&] { return describe(context, jump, *skipped); });
    }
    std::string unknown = any_ ? "" : "no effect carries an offset";
    if (hidden) unknown = "a reader left offsets out, but the history itself is incomplete";
    return findings_.result("monotonic_reads", unknown);
  }

 private:
  struct Last {
    std::int64_t offset = 0;
    Nanos t{};
  };
  struct Jump {
    std::uint32_t log = 0;
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::uint32_t message = 0;
    std::uint32_t by = Interner::kNone;
    Nanos t{};
  };

  void read(const EventView& event, const CheckContext& context, std::uint32_t log, std::int64_t offset) {
    any_ = true;
    const auto [found, fresh] = last_.try_emplace({sessions_.current(), log}, Last{offset, event.t});
    if (fresh) return;
    Last& last = found->second;
    if (offset <= last.offset) {
      findings_.add("nonmonotonic", [&] {
        Anomaly anomaly = context.about(*context.current(), "nonmonotonic", event.t, context.by());
        anomaly.key = logs_.text(log);
        anomaly.detail = fmt::format("offset {} was read after offset {} (at {}) in the same session", offset,
                                     last.offset, at_text(last.t));
        return anomaly;
      });
    } else if (offset - 1 > last.offset) {
      jumps_.push_back({log, last.offset, offset, context.current_index(), context.by(), event.t});
    }
    last = {offset, event.t};
  }

  Anomaly describe(const CheckContext& context, const Jump& jump, std::int64_t skipped) const {
    Anomaly anomaly = context.about(context.messages()[jump.message], "skip", jump.t, jump.by);
    anomaly.key = logs_.text(jump.log);
    anomaly.detail = fmt::format("offset {} was read right after offset {}; offset {} exists and was left out", jump.to,
                                 jump.from, skipped);
    return anomaly;
  }

  OffsetField field_;
  Sessions sessions_;
  Interner logs_;
  bool any_ = false;
  std::vector<OffsetSet> existing_;                               // by log
  std::map<std::pair<std::uint64_t, std::uint32_t>, Last> last_;  // by session and log
  std::vector<Jump> jumps_;
  Findings findings_;
};

constexpr std::string_view kDefinition =
    "Within a reader's session (until it starts again, changes its connection, or a note with id \"assigned\") and a "
    "log: "
    "nonmonotonic: an offset that is not beyond the one before it. skip: a jump over an offset that exists, because an "
    "acknowledgement or a reader named it at some time. Unknown without offsets.";

}  // namespace

std::unique_ptr<Invariant> make_monotonic_reads(const Params& params) {
  return std::make_unique<MonotonicReads>(offset_field(params));
}

const InvariantKind monotonic_reads_kind{
    {{.name = "monotonic_reads",
      .summary = "a reader goes through a log forwards and leaves nothing out (nonmonotonic, skip)",
      .params = {&kOffsetParam, 1}},
     "by",
     kDefinition},
    make_monotonic_reads};

}  // namespace stormproof
