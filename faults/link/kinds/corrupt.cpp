/// corrupt: single bits flip on the way, at random places or at one byte of each direction of each connection. TCP's
/// own checksum does not see it: the bytes are changed between two sound connections, as a broken middlebox would.
#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Corrupt final : public CountingLinkFault {
 public:
  explicit Corrupt(const PlannedFault& fault)
      : CountingLinkFault(fault), per_byte_(fault.spec.params.number("per_byte")) {
    if (fault.spec.params.has("at")) at_ = static_cast<std::uint64_t>(fault.spec.params.integer("at"));
  }

  bool needs_bytes() const override { return true; }

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)now;
    if (!strikes(chunk.connection)) return LinkAction::forward();
    for (std::size_t i = 0; i < chunk.data.size(); ++i) {
      const std::uint64_t place = (chunk.offset + i) * 2 + (chunk.direction == Direction::upstream ? 0 : 1);
      Rng rng = draw(chunk.connection, place);
      if (at_ != 0 ? chunk.offset + i + 1 != at_ : !rng.chance(per_byte_)) continue;
      chunk.data[i] ^= std::byte{1} << rng.between(0, 7);
      hit();
    }
    return LinkAction::forward();
  }

 private:
  double per_byte_;
  std::uint64_t at_ = 0;  ///< 1-based; 0: anywhere
};

constexpr ParamSpec kParams[] = {
    {.name = "per_byte",
     .type = ParamType::probability,
     .help = "chance of each byte to lose a bit",
     .fallback = "0.0001"},
    {.name = "at",
     .type = ParamType::integer,
     .help = "corrupt only the n-th byte of each direction, counted from 1",
     .low = 1,
     .high = 9e15},
};

}  // namespace

constinit const FaultKind corrupt_kind = link_kind<Corrupt>("corrupt", "bits flip on the way", kParams);

}  // namespace stormproof
