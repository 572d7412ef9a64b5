/// Places in a log: which log (the key, in the field "topic-partition") and which offset an event names. Shared by the
/// invariants about ordered logs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "harness/check/check_context.h"
#include "harness/check/interner.h"

namespace stormproof {

/// Where the offset stands: "offset=12" in the detail, or the sequence.
enum class OffsetField { offset, seq };

std::optional<std::int64_t> offset_of(const EventView& event, OffsetField field);
/// The event's key, or that of its message when the event does not repeat it.
std::string_view log_of(const EventView& event, const CheckContext& context);

/// A set of offsets, 64 to a word.
class OffsetSet {
 public:
  void insert(std::int64_t offset);
  /// The first member in (from, to).
  std::optional<std::int64_t> first_between(std::int64_t from, std::int64_t to) const;

 private:
  std::map<std::int64_t, std::uint64_t> words_;  // offset / 64 -> bits
};

/// The parameter `by` of these invariants.
extern const ParamSpec kOffsetParam;
OffsetField offset_field(const Params& params);

}  // namespace stormproof
