/// duplicate_bytes: a piece of the stream arrives twice, as from a middlebox that sends a packet again and gets its
/// sequence numbers wrong. TCP itself never does this; whoever checks what it reads notices. A piece that reaches the
/// proxy in parts is repeated part by part. A hit is a repeated byte.
#include <algorithm>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class DuplicateBytes final : public CountingLinkFault {
 public:
  explicit DuplicateBytes(const PlannedFault& fault)
      : CountingLinkFault(fault),
        bytes_(std::max<std::uint64_t>(1, fault.spec.params.size("bytes"))),
        first_(static_cast<std::uint64_t>(fault.spec.params.integer("at")) - 1) {
    if (fault.spec.params.has("every")) every_ = std::max(bytes_, fault.spec.params.size("every"));
  }

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    if (chunk.what != ChunkView::What::bytes) return LinkAction::forward();
    const std::uint64_t start = piece_around_or_after(chunk.offset);
    if (start == kNone || start >= chunk.offset + chunk.size) return LinkAction::forward();
    if (start > chunk.offset) return LinkAction::split(start - chunk.offset, now);
    const auto repeated =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes_ - (chunk.offset - start), chunk.size));
    hit(repeated);
    return LinkAction::repeat(repeated);
  }

 private:
  static constexpr std::uint64_t kNone = UINT64_MAX;

  /// Where the piece begins that holds the byte at `offset`, or else the next one.
  std::uint64_t piece_around_or_after(std::uint64_t offset) const {
    if (offset < first_) return first_;
    const std::uint64_t beyond = every_ == 0 ? offset - first_ : (offset - first_) % every_;
    if (beyond < bytes_) return offset - beyond;
    return every_ == 0 ? kNone : offset - beyond + every_;
  }

  std::uint64_t bytes_;
  std::uint64_t first_;      ///< offset of the first byte of the first piece
  std::uint64_t every_ = 0;  ///< from one piece to the next; 0: only one
};

constexpr ParamSpec kParams[] = {
    {.name = "bytes", .type = ParamType::size, .help = "that arrive twice", .fallback = "16B"},
    {.name = "at",
     .type = ParamType::integer,
     .help = "the piece begins at the n-th byte of each direction, counted from 1",
     .fallback = "1",
     .low = 1,
     .high = 9e15},
    {.name = "every", .type = ParamType::size, .help = "from one piece to the next; without it there is one"},
};

}  // namespace

constinit const FaultKind duplicate_bytes_kind =
    link_kind<DuplicateBytes>("duplicate_bytes", "a piece of the stream arrives twice", kParams);

}  // namespace stormproof
