/// consistent_offsets: a log holds one message at each offset, and each message at one offset. Acknowledgements and
/// effects say where: log = key, offset = "offset=12" in the detail (by = "seq": the sequence).
///   inconsistent_offsets   an event names another message for an offset of a log than the first one that did.
///   duplicate              an event names another place for a message than the first one that did: it was stored
///   twice.
///                          The same message read again at the same offset is no duplicate here.
/// One anomaly for each such event. Unknown when no event carries an offset. Memory: about 60 bytes a message.
#include <fmt/core.h>

#include <unordered_map>
#include <vector>

#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/log_offsets.h"

namespace stormproof {

namespace {

class ConsistentOffsets final : public Invariant {
 public:
  explicit ConsistentOffsets(OffsetField field) : field_(field) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type != EventType::effect && event.type != EventType::ok) return;
    const auto offset = offset_of(event, field_);
    if (!offset) return;
    any_ = true;
    const std::uint32_t log = logs_.intern(log_of(event, context));
    if (log == holders_.size()) holders_.emplace_back();
    const auto holder = holders_[log].try_emplace(*offset, context.current_index()).first->second;
    if (holder != context.current_index()) conflict(event, context, log, *offset, holder);
    const auto [place, fresh] = places_.try_emplace(context.current_index(), Place{log, *offset, event.t});
    if (!fresh && (place->second.log != log || place->second.offset != *offset)) {
      again(event, context, log, *offset, place->second);
    }
  }

  InvariantResult finish(const CheckContext&) override {
    return findings_.result("consistent_offsets", any_ ? "" : "no acknowledgement or effect carries an offset");
  }

 private:
  struct Place {
    std::uint32_t log = 0;
    std::int64_t offset = 0;
    Nanos t{};
  };

  Anomaly about(const EventView& event, const CheckContext& context, const char* kind, std::uint32_t log) const {
    Anomaly anomaly = context.about(*context.current(), kind, event.t, context.by());
    anomaly.key = logs_.text(log);
    return anomaly;
  }

  void conflict(const EventView& event, const CheckContext& context, std::uint32_t log, std::int64_t offset,
                std::uint32_t holder) {
    findings_.add("inconsistent_offsets", [&] {
      Anomaly anomaly = about(event, context, "inconsistent_offsets", log);
      anomaly.detail = fmt::format("offset {} of {} is {} here, but was {} before", offset, name(log), event.id,
                                   context.messages()[holder].id());
      return anomaly;
    });
  }

  void again(const EventView& event, const CheckContext& context, std::uint32_t log, std::int64_t offset,
             const Place& place) {
    findings_.add("duplicate", [&] {
      Anomaly anomaly = about(event, context, "duplicate", log);
      anomaly.detail = fmt::format("stands at offset {} of {}, and at offset {} of {} (seen at {})", offset, name(log),
                                   place.offset, name(place.log), at_text(place.t));
      return anomaly;
    });
  }

  std::string name(std::uint32_t log) const { return logs_.text(log).empty() ? "the log" : logs_.text(log); }

  OffsetField field_;
  bool any_ = false;
  Interner logs_;
  std::vector<std::unordered_map<std::int64_t, std::uint32_t>> holders_;  // by log: offset -> message
  std::unordered_map<std::uint32_t, Place> places_;                       // by message
  Findings findings_;
};

constexpr std::string_view kDefinition =
    "Acknowledgements and effects name a place: log (key) and offset. inconsistent_offsets: one offset of a log names "
    "two "
    "messages. duplicate: one message stands at two places; read again at the same place is none. Unknown without "
    "offsets.";

}  // namespace

std::unique_ptr<Invariant> make_consistent_offsets(const Params& params) {
  return std::make_unique<ConsistentOffsets>(offset_field(params));
}

const InvariantKind consistent_offsets_kind{
    {{.name = "consistent_offsets",
      .summary = "one message an offset, one offset a message (inconsistent_offsets, duplicate)",
      .params = {&kOffsetParam, 1}},
     "by",
     kDefinition},
    make_consistent_offsets};

}  // namespace stormproof
