/// slicer: bytes leave in small pieces, each written by itself, with an optional pause between them. What a reader
/// finds in one read changes, the stream does not.
#include <algorithm>
#include <unordered_map>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Slicer final : public CountingLinkFault {
 public:
  explicit Slicer(const PlannedFault& fault)
      : CountingLinkFault(fault),
        size_(static_cast<std::int64_t>(fault.spec.params.size("size"))),
        variation_(static_cast<std::int64_t>(fault.spec.params.size("variation"))),
        delay_(fault.spec.params.duration("delay")) {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    if (chunk.what != ChunkView::What::bytes || !strikes(chunk.connection)) return LinkAction::forward();
    const std::uint64_t way = chunk.direction == Direction::upstream ? 0 : 1;
    Nanos& next = next_[chunk.connection][way];
    if (now < next) return LinkAction::hold(next);
    const std::int64_t drawn = draw(chunk.connection, chunk.offset * 2 + way).between(-variation_, variation_);
    const auto piece = static_cast<std::size_t>(std::max<std::int64_t>(1, size_ + drawn));
    next = now + delay_;
    if (chunk.size <= piece) return LinkAction::forward();
    hit();
    return LinkAction::split(piece, next);
  }
  void on_close(std::uint64_t connection) override { next_.erase(connection); }

 private:
  std::int64_t size_;
  std::int64_t variation_;
  Nanos delay_;
  std::unordered_map<std::uint64_t, Nanos[2]> next_;  ///< when each direction may send its next piece
};

constexpr ParamSpec kParams[] = {
    {.name = "size", .type = ParamType::size, .help = "of a piece", .required = true},
    {.name = "variation", .type = ParamType::size, .help = "drawn and added to or taken from size", .fallback = "0B"},
    {.name = "delay", .type = ParamType::duration, .help = "between two pieces of a direction", .fallback = "0ms"},
};

}  // namespace

constinit const FaultKind slicer_kind = link_kind<Slicer>("slicer", "bytes leave in small pieces", kParams);

}  // namespace stormproof
