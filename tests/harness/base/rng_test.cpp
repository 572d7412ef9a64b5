#include "harness/base/rng.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace stormproof {
namespace {

TEST(Rng, ForksDependOnSeedAndNameOnly) {
  Rng drawn(7);
  drawn.next();
  EXPECT_EQ(Rng(7).fork("fault/kill").next(), drawn.fork("fault/kill").next());
  EXPECT_NE(Rng(7).fork("fault/kill").next(), Rng(7).fork("fault/kill-2").next());
  EXPECT_NE(Rng(7).fork("a").next(), Rng(8).fork("a").next());
}

RC_GTEST_PROP(Rng, BetweenStaysInItsBounds, (std::uint64_t seed, std::int64_t a, std::int64_t b)) {
  Rng rng(seed);
  const auto drawn = rng.between(std::min(a, b), std::max(a, b));
  RC_ASSERT(drawn >= std::min(a, b));
  RC_ASSERT(drawn <= std::max(a, b));
}

TEST(Rng, DrawnSeedsFitJsonNumbers) {
  for (int i = 0; i < 100; ++i) {
    const auto seed = draw_seed();
    EXPECT_GT(seed, 0U);
    EXPECT_LT(seed, 1ULL << 53U);
  }
}

}  // namespace
}  // namespace stormproof
