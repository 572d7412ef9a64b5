/// packet_loss: what a reader of a TCP stream sees of lost packets, which is stalls. Each direction is cut into
/// segments of 1448 bytes, the payload of an Ethernet frame. A lost one is sent again after `rto`, and after twice as
/// long each further time it is lost; what comes behind it waits. No byte is lost in the end. Whether a segment is lost
/// depends on its place in the stream alone. A hit is a lost segment.
#include <algorithm>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

constexpr std::uint64_t kSegment = 1448;
constexpr int kMostLosses = 8;  // of one segment; TCP itself gives up after some fifteen

class PacketLoss final : public CountingLinkFault {
 public:
  explicit PacketLoss(const PlannedFault& fault)
      : CountingLinkFault(fault),
        loss_rate_(fault.spec.params.number("loss_rate")),
        correlation_(fault.spec.params.number("correlation")),
        rto_(std::min<Nanos>(fault.spec.params.duration("rto"), std::chrono::hours(1))) {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    if (chunk.what != ChunkView::What::bytes) return LinkAction::forward();
    State& state = states_.of(chunk);
    std::uint64_t segment = chunk.offset / kSegment;
    if (segment >= state.drawn) send(state, chunk, segment);
    if (now < state.due) return LinkAction::hold(state.due);
    for (++segment; segment * kSegment < chunk.offset + chunk.size; ++segment) {
      if (segment >= state.drawn) send(state, chunk, segment);
      if (now < state.due) return LinkAction::split(segment * kSegment - chunk.offset, state.due);
    }
    return LinkAction::forward();
  }
  void on_close(std::uint64_t connection) override { states_.forget(connection); }

 private:
  struct State {
    std::uint64_t drawn = 0;  ///< the first segment about which nothing is known yet
    bool lost = false;        ///< the one before
    Nanos due{};              ///< when it arrives
  };

  void send(State& state, const ChunkView& chunk, std::uint64_t segment) {
    Rng rng = draw(chunk.connection, place_of(chunk.direction, segment));
    Nanos wait = rto_;
    int losses = 0;
    state.due = chunk.received;
    for (; losses < kMostLosses && rng.chance(chance_after(losses > 0 || state.lost)); ++losses, wait *= 2) {
      hit();
      state.due += wait;
    }
    state.lost = losses > 0;
    state.drawn = segment + 1;
  }
  /// Of any segment loss_rate is lost, whatever the correlation.
  double chance_after(bool lost) const { return loss_rate_ * (1 - correlation_) + (lost ? correlation_ : 0); }

  double loss_rate_;
  double correlation_;
  Nanos rto_;
  PerDirection<State> states_;
};

constexpr ParamSpec kParams[] = {
    {.name = "loss_rate", .type = ParamType::probability, .help = "of a segment to be lost", .fallback = "0.1"},
    {.name = "correlation",
     .type = ParamType::probability,
     .help = "how much more likely a loss is after a loss: 0 not at all, 1 certain",
     .fallback = "0.0"},
    {.name = "rto",
     .type = ParamType::duration,
     .help = "until a lost segment is sent again, doubling while it is lost",
     .fallback = "200ms"},
};

}  // namespace

constinit const FaultKind packet_loss_kind =
    link_kind<PacketLoss>("packet_loss", "stalls as after lost packets", kParams);

}  // namespace stormproof
