/// bandwidth: each direction of each connection, or each direction of the whole link, carries at most `rate`. Bytes
/// leave in quanta of 5 ms worth of data, and what fell behind may catch up by one quantum. Connections that share a
/// link take turns, a quantum each. A hit is a chunk that had to wait.
#include <algorithm>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

constexpr Nanos kQuantum = std::chrono::milliseconds(5);
constexpr std::uint64_t kFastest = 1'000'000'000'000;  // bytes a second: no limit at all

class Bandwidth final : public CountingLinkFault {
 public:
  explicit Bandwidth(const PlannedFault& fault)
      : CountingLinkFault(fault),
        rate_(std::min<std::uint64_t>(fault.spec.params.size("rate"), kFastest)),
        shared_(fault.spec.params.text("scope") == "link") {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    if (chunk.what != ChunkView::What::bytes) return LinkAction::forward();
    if (rate_ == 0) {
      if (!chunk.again) hit();
      return LinkAction::hold();
    }
    Turn& turn = turns_.of(chunk);
    if (turn.bytes == 0) book(turn, chunk, chunk.size, now);
    if (now < turn.from) {
      if (!chunk.again) hit();
      return LinkAction::hold(turn.from);
    }
    const std::size_t bytes = std::min(chunk.size, turn.bytes);
    turn.bytes = 0;
    if (bytes == chunk.size) return LinkAction::forward();
    if (!chunk.again) hit();
    book(turn, chunk, chunk.size - bytes, now);
    return LinkAction::split(bytes, turn.from);
  }
  void on_close(std::uint64_t connection) override { turns_.forget(connection); }

 private:
  /// What a direction may send next, and when.
  struct Turn {
    Nanos from{};
    std::size_t bytes = 0;  ///< 0: not booked
    Nanos free_at{};        ///< of the connection's own line
  };

  void book(Turn& turn, const ChunkView& chunk, std::size_t waiting, Nanos now) {
    const std::size_t quantum = std::max<std::uint64_t>(1, rate_ / (std::chrono::seconds(1) / kQuantum));
    Nanos& free_at = shared_ ? link_free_at_[chunk.direction == Direction::upstream ? 0 : 1] : turn.free_at;
    turn.bytes = std::min(waiting, quantum);
    turn.from = free_at;
    free_at = std::max(free_at, now - kQuantum) + time_for(turn.bytes);
  }
  /// Rounded up: never faster than the rate.
  Nanos time_for(std::size_t bytes) const { return Nanos((bytes * 1'000'000'000ULL + rate_ - 1) / rate_); }

  std::uint64_t rate_;  ///< bytes a second
  bool shared_;
  PerDirection<Turn> turns_;
  std::array<Nanos, 2> link_free_at_{};
};

constexpr std::string_view kScopes[] = {"connection", "link"};
constexpr ParamSpec kParams[] = {
    {.name = "rate", .type = ParamType::rate, .help = "of each direction; 0: nothing passes", .required = true},
    {.name = "scope",
     .type = ParamType::choice,
     .help = "connection: each has this rate; link: all connections share it",
     .fallback = "connection",
     .choices = kScopes},
};

}  // namespace

constinit const FaultKind bandwidth_kind =
    link_kind<Bandwidth>("bandwidth", "connections carry at most a rate", kParams);

}  // namespace stormproof
