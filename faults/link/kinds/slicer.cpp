/// slicer: bytes leave in small pieces, each written by itself, with an optional pause between them. What a reader
/// finds in one read changes, the stream does not.
#include <algorithm>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

/// No chunk is larger; sums of two fit any integer.
constexpr std::uint64_t kLargest = std::uint64_t{1} << 40U;

class Slicer final : public CountingLinkFault {
 public:
  explicit Slicer(const PlannedFault& fault)
      : CountingLinkFault(fault),
        size_(static_cast<std::int64_t>(std::min(kLargest, fault.spec.params.size("size")))),
        variation_(static_cast<std::int64_t>(std::min(kLargest, fault.spec.params.size("variation")))),
        delay_(bounded(fault.spec.params.duration("delay"))) {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    if (chunk.what != ChunkView::What::bytes) return LinkAction::forward();
    Nanos& next = next_.of(chunk);
    if (now < next) return LinkAction::hold(next);
    const auto piece = static_cast<std::size_t>(std::max<std::int64_t>(1, size_ + stray(chunk)));
    next = now + delay_;
    if (chunk.size <= piece) return LinkAction::forward();
    hit();
    return LinkAction::split(piece, next);
  }
  void on_close(std::uint64_t connection) override { next_.forget(connection); }

 private:
  std::int64_t stray(const ChunkView& chunk) const {
    return draw(chunk.connection, place_of(chunk.direction, chunk.offset)).between(-variation_, variation_);
  }

  std::int64_t size_;
  std::int64_t variation_;
  Nanos delay_;
  PerDirection<Nanos> next_;  ///< when each direction may send its next piece
};

constexpr ParamSpec kParams[] = {
    {.name = "size", .type = ParamType::size, .help = "of a piece", .required = true},
    {.name = "variation", .type = ParamType::size, .help = "drawn and added to or taken from size", .fallback = "0B"},
    {.name = "delay", .type = ParamType::duration, .help = "between two pieces of a direction", .fallback = "0ms"},
};

}  // namespace

constinit const FaultKind slicer_kind = link_kind<Slicer>("slicer", "bytes leave in small pieces", kParams);

}  // namespace stormproof
