/// partition: nothing passes in the given direction (or either) and nothing is lost: bytes, ends of streams and resets
/// are held, new connections are accepted but reach nobody. On heal everything goes on where it stopped, as TCP does
/// after a short partition. A client's connect() returns all the same: the kernel answers for the proxy's listener.
#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Partition final : public CountingLinkFault {
 public:
  explicit Partition(const PlannedFault& fault) : CountingLinkFault(fault) {}

  LinkAction on_connection(const ConnectionView& connection, Nanos now) override {
    (void)now;
    // Also with one direction cut: the handshake needs both.
    if (connection.dialled) return LinkAction::forward();
    if (!connection.again) hit();
    return LinkAction::hold();
  }
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)now;
    if (!chunk.again) hit();
    return LinkAction::hold();
  }
};

}  // namespace

constinit const FaultKind partition_kind =
    link_kind<Partition>("partition", "nothing passes, nothing is lost; goes on when healed");

}  // namespace stormproof
