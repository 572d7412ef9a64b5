/// Chance is an argument. One seed a run; each part forks its own stream by name, so that removing one fault does
/// not reshuffle the others.
#pragma once

#include <cstdint>
#include <string_view>

namespace stormproof {

/// SplitMix64: tiny, fast, identical on every machine. Not thread-safe; fork one for each thread.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : seed_(seed), state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  /// Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  /// Uniform in [low, high], both included. Requires low <= high.
  std::int64_t between(std::int64_t low, std::int64_t high);
  bool chance(double probability) { return unit() < probability; }

  /// An independent stream that depends on this stream's seed and the name only, not on what was drawn so far.
  Rng fork(std::string_view name) const;
  std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
  std::uint64_t state_;
};

/// A fresh seed from the operating system, never 0 (0 in a scenario means "draw one"), below 2^53 so that JSON keeps
/// it.
std::uint64_t draw_seed();

/// 64-bit hash used for stream names and payload digests. Stable across versions and machines (FNV-1a, then mixed).
std::uint64_t hash64(std::string_view bytes);

}  // namespace stormproof
