#include "harness/base/rng.h"

#include <random>

#include "harness/base/assert.h"

namespace stormproof {

std::uint64_t hash64(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3ULL;
  }
  return Rng(hash).next();
}

std::int64_t Rng::between(std::int64_t low, std::int64_t high) {
  STORMPROOF_ASSERT(low <= high, "between(low, high) needs low <= high");
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  if (span == 0) return static_cast<std::int64_t>(next());
  // Lemire's multiply-shift; the bias is below 2^-64 * span and reproducible, which is what matters here.
  __extension__ using Wide = unsigned __int128;
  const Wide wide = static_cast<Wide>(next()) * span;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + static_cast<std::uint64_t>(wide >> 64U));
}

Rng Rng::fork(std::string_view name) const { return Rng(Rng(seed_ ^ hash64(name)).next()); }

std::uint64_t draw_seed() {
  std::random_device device;
  const std::uint64_t drawn = (static_cast<std::uint64_t>(device()) << 32U) | device();
  const std::uint64_t seed = drawn & ((std::uint64_t{1} << 53U) - 1);
  return seed == 0 ? 1 : seed;
}

}  // namespace stormproof
