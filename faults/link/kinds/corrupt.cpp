/// corrupt: single bits flip on the way, at random places or at one byte of each direction of each connection. TCP's
/// own checksum does not see it: the bytes are changed between two sound connections, as a broken middlebox would.
/// Which bits flip depends on their place in the stream alone. A hit is a flipped bit.
#include <cmath>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

/// Each block of a stream draws for itself, so that a chunk need not know what was drawn for the bytes before it.
constexpr std::uint64_t kBlock = 4096;

class Corrupt final : public CountingLinkFault {
 public:
  explicit Corrupt(const PlannedFault& fault)
      : CountingLinkFault(fault), per_byte_(fault.spec.params.number("per_byte")) {
    if (fault.spec.params.has("at")) at_ = static_cast<std::uint64_t>(fault.spec.params.integer("at"));
  }

  bool needs_bytes() const override { return true; }

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)now;
    if (chunk.data.empty()) return LinkAction::forward();
    const std::uint64_t end = chunk.offset + chunk.data.size();
    if (at_ != 0) {
      Rng rng = draw(chunk.connection, place_of(chunk.direction, at_));
      if (at_ > chunk.offset && at_ <= end) flip(chunk, at_ - 1, rng);
      return LinkAction::forward();
    }
    for (std::uint64_t block = chunk.offset / kBlock; block * kBlock < end; ++block) corrupt_block(chunk, block);
    return LinkAction::forward();
  }

 private:
  void corrupt_block(const ChunkView& chunk, std::uint64_t block) {
    Rng rng = draw(chunk.connection, place_of(chunk.direction, block));
    for (std::uint64_t at = block * kBlock + skip(rng); at < (block + 1) * kBlock; at += 1 + skip(rng))
      flip(chunk, at, rng);
  }
  /// How many bytes stay whole before the next one that does not.
  std::uint64_t skip(Rng& rng) const {
    if (per_byte_ >= 1) return 0;
    const double whole = std::log(1 - rng.unit()) / std::log1p(-per_byte_);
    return whole < static_cast<double>(kBlock) ? static_cast<std::uint64_t>(whole) : kBlock;
  }
  void flip(const ChunkView& chunk, std::uint64_t at, Rng& rng) {
    const std::int64_t bit = rng.between(0, 7);
    if (at < chunk.offset || at >= chunk.offset + chunk.data.size()) return;
    chunk.data[at - chunk.offset] ^= std::byte{1} << bit;
    hit();
  }

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
