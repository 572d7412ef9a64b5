/// slow_close: the other side learns `delay` later that a connection was closed or reset. Bytes are not delayed.
#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class SlowClose final : public CountingLinkFault {
 public:
  explicit SlowClose(const PlannedFault& fault)
      : CountingLinkFault(fault), delay_(bounded(fault.spec.params.duration("delay"))) {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    if (chunk.what == ChunkView::What::bytes) return LinkAction::forward();
    if (!chunk.again) hit();
    return now < chunk.received + delay_ ? LinkAction::hold(chunk.received + delay_) : LinkAction::forward();
  }

 private:
  Nanos delay_;
};

constexpr ParamSpec kParams[] = {
    {.name = "delay", .type = ParamType::duration, .help = "how much later the end is seen", .required = true},
};

}  // namespace

constinit const FaultKind slow_close_kind =
    needing(FaultNeeds::closing, link_kind<SlowClose>("slow_close", "the end of a connection is seen late", kParams));

}  // namespace stormproof
