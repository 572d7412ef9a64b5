#include "harness/check/log_offsets.h"

#include <bit>

#include "harness/check/detail_words.h"

namespace stormproof {

namespace {
constexpr unsigned kShift = 6;
constexpr std::string_view kBy[] = {"offset", "seq"};
}  // namespace

constinit const ParamSpec kOffsetParam = {.name = "by",
                                          .type = ParamType::choice,
                                          .help = "where offsets stand: in the detail (\"offset=12\"), or as seq",
                                          .fallback = "offset",
                                          .choices = kBy};

OffsetField offset_field(const Params& params) {
  return params.text("by") == "seq" ? OffsetField::seq : OffsetField::offset;
}

std::optional<std::int64_t> offset_of(const EventView& event, OffsetField field) {
  if (field == OffsetField::offset) return detail_number(event.detail, "offset");
  return event.seq == EventView::kNoSeq ? std::nullopt : std::optional(event.seq);
}

std::string_view log_of(const EventView& event, const CheckContext& context) {
  if (!event.key.empty() || context.current() == nullptr) return event.key;
  return context.key_text(*context.current());
}

void OffsetSet::insert(std::int64_t offset) {
  words_[offset >> kShift] |= std::uint64_t{1} << (static_cast<std::uint64_t>(offset) & 63U);
}

std::optional<std::int64_t> OffsetSet::first_between(std::int64_t from, std::int64_t to) const {
  if (from == INT64_MAX || from + 1 >= to) return std::nullopt;
  const std::int64_t first = from + 1;
  for (auto word = words_.lower_bound(first >> kShift); word != words_.end(); ++word) {
    std::uint64_t bits = word->second;
    if (word->first == first >> kShift) bits &= ~std::uint64_t{0} << (static_cast<std::uint64_t>(first) & 63U);
    if (bits == 0) continue;
    const auto found = static_cast<std::int64_t>((static_cast<std::uint64_t>(word->first) << kShift) |
                                                 static_cast<unsigned>(std::countr_zero(bits)));
    return found < to ? std::optional(found) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace stormproof
