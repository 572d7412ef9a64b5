/// reset_peer: RST to both sides of each connection, `timeout` after it was opened or the fault was armed. Works on
/// idle connections too. The direction does not matter.
#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class ResetPeer final : public CountingLinkFault {
 public:
  explicit ResetPeer(const PlannedFault& fault)
      : CountingLinkFault(fault), timeout_(bounded(fault.spec.params.duration("timeout"))) {}

  LinkAction on_connection(const ConnectionView& connection, Nanos now) override {
    if (now < connection.since + timeout_) return LinkAction::forward_and_ask(connection.since + timeout_);
    hit();
    return LinkAction::reset();
  }
  bool sees_chunks() const override { return false; }
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)chunk, (void)now;
    return LinkAction::forward();
  }

 private:
  Nanos timeout_;
};

constexpr ParamSpec kParams[] = {
    {.name = "timeout", .type = ParamType::duration, .help = "how long a connection lives", .fallback = "0ms"},
};

}  // namespace

constinit const FaultKind reset_peer_kind =
    breaking(link_kind<ResetPeer>("reset_peer", "connections end with RST on both sides", kParams));

}  // namespace stormproof
