/// bandwidth: each direction of each connection carries at most `rate`. Bytes leave in quanta of 5 ms worth of data,
/// and a direction that fell behind may catch up by one quantum.
#include <algorithm>
#include <unordered_map>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

constexpr Nanos kQuantum = std::chrono::milliseconds(5);

class Bandwidth final : public CountingLinkFault {
 public:
  explicit Bandwidth(const PlannedFault& fault) : CountingLinkFault(fault), rate_(fault.spec.params.size("rate")) {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    if (chunk.what != ChunkView::What::bytes || !strikes(chunk.connection)) return LinkAction::forward();
    Nanos& free_at = free_at_[chunk.connection][chunk.direction == Direction::upstream ? 0 : 1];
    if (rate_ == 0 || now < free_at) {
      if (!chunk.again) hit();
      return LinkAction::hold(rate_ == 0 ? LinkAction::kUntilChange : free_at);
    }
    const std::size_t quantum = std::max<std::uint64_t>(1, rate_ / (std::chrono::seconds(1) / kQuantum));
    const std::size_t bytes = std::min(chunk.size, quantum);
    free_at = std::max(free_at, now - kQuantum) + time_for(bytes);
    if (bytes == chunk.size) return LinkAction::forward();
    if (!chunk.again) hit();
    return LinkAction::split(bytes, free_at);
  }
  void on_close(std::uint64_t connection) override { free_at_.erase(connection); }

 private:
  /// Rounded up: never faster than the rate.
  Nanos time_for(std::size_t bytes) const { return Nanos((bytes * 1'000'000'000ULL + rate_ - 1) / rate_); }

  std::uint64_t rate_;  ///< bytes a second
  std::unordered_map<std::uint64_t, Nanos[2]> free_at_;
};

constexpr ParamSpec kParams[] = {
    {.name = "rate", .type = ParamType::rate, .help = "of each direction of each connection", .required = true},
};

}  // namespace

constinit const FaultKind bandwidth_kind =
    link_kind<Bandwidth>("bandwidth", "connections carry at most a rate", kParams);

}  // namespace stormproof
