/// latency: every byte, and the end of the stream, arrives later. The delay counts from the moment the proxy read the
/// bytes, so a stream keeps its rate up to what the proxy may buffer (256 KiB a direction); order is kept, so a chunk
/// that drew a short jitter waits for the one before. New connections are dialled at once.
#include <algorithm>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Latency final : public CountingLinkFault {
 public:
  explicit Latency(const PlannedFault& fault)
      : CountingLinkFault(fault),
        latency_(fault.spec.params.duration("latency")),
        jitter_(fault.spec.params.duration("jitter")) {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    if (!strikes(chunk.connection)) return LinkAction::forward();
    const Nanos due = chunk.received + delay(chunk);
    if (!chunk.again && chunk.size > 0) hit();
    return now >= due ? LinkAction::forward() : LinkAction::hold(due);
  }

 private:
  Nanos delay(const ChunkView& chunk) const {
    if (jitter_ == Nanos{}) return latency_;
    const std::uint64_t place = chunk.offset * 2 + (chunk.direction == Direction::upstream ? 0 : 1) + 1;
    const Nanos drawn(draw(chunk.connection, place).between(-jitter_.count(), jitter_.count()));
    return std::max(Nanos{}, latency_ + drawn);
  }

  Nanos latency_;
  Nanos jitter_;
};

constexpr ParamSpec kParams[] = {
    {.name = "latency",
     .type = ParamType::duration,
     .help = "added to every chunk in each direction",
     .required = true},
    {.name = "jitter",
     .type = ParamType::duration,
     .help = "drawn uniformly from latency - jitter to latency + jitter, never below 0",
     .fallback = "0ms"},
};

}  // namespace

constinit const FaultKind latency_kind = link_kind<Latency>("latency", "bytes arrive later, in order", kParams);

}  // namespace stormproof
