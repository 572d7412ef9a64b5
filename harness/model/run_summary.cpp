#include "harness/model/run_summary.h"

namespace stormproof {

Verdict RunSummary::effective() const {
  if (outcome != RunOutcome::completed) return Verdict::unknown;
  if (!expected) return verdict;
  return as_expected ? Verdict::pass : Verdict::fail;
}

}  // namespace stormproof
