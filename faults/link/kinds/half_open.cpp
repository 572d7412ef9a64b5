/// half_open: the proxy stops reading and keeps the sockets, as a peer that hangs or has lost its power does. New
/// connections are dialled. What a sender writes is accepted until the buffers are full (some hundred KiB), then its
/// writes block; it does not learn that the other side has ended or died. On heal everything goes on where it stopped.
/// `partition` also keeps new connections from being dialled; `blackhole` never blocks the sender. A hit is a chunk, or
/// an end of a stream, that was kept.
#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class HalfOpen final : public CountingLinkFault {
 public:
  explicit HalfOpen(const PlannedFault& fault) : CountingLinkFault(fault) {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)now;
    if (!chunk.again) hit();
    return LinkAction::hold();
  }
};

}  // namespace

constinit const FaultKind half_open_kind =
    blocking(link_kind<HalfOpen>("half_open", "connections stay open and nothing is read from them"));

}  // namespace stormproof
