#include "harness/explore/sequential_test.h"

#include <algorithm>
#include <cmath>

#include "harness/base/assert.h"

namespace stormproof {

SequentialTest::SequentialTest(double good, double bad, double false_accept, double false_reject)
    : per_failure_(std::log(good / bad)),
      per_pass_(std::log((1 - good) / (1 - bad))),
      accept_at_(std::log((1 - false_reject) / false_accept)),
      reject_at_(std::log(false_reject / (1 - false_accept))) {
  STORMPROOF_ASSERT(0 < bad && bad < good && good < 1, "rates of a sequential test must be ordered");
}

SequentialTest SequentialTest::against(int failed, int runs, double less, double false_accept, double false_reject) {
  // Laplace's estimate never says 0 or 1; the bound keeps one passing run of a sure failure from deciding alone.
  const double rate = (failed + 1.0) / (runs + 2.0);
  const double good = std::clamp(rate, 0.02, 0.9);
  return {good, good * less, false_accept, false_reject};
}

void SequentialTest::add(bool failed) {
  ++runs_;
  failures_ += failed ? 1 : 0;
  sum_ += failed ? per_failure_ : per_pass_;
}

SequentialTest::Decision SequentialTest::decision() const {
  if (sum_ >= accept_at_) return Decision::accept;
  if (sum_ <= reject_at_) return Decision::reject;
  return Decision::undecided;
}

}  // namespace stormproof
