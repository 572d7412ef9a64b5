/// Wald's sequential probability ratio test: does a candidate fail about as often as the schedule it came from, or much
/// less? It stops as soon as the answer is clear, which for a deterministic failure is after a handful of runs.
#pragma once

namespace stormproof {

class SequentialTest {
 public:
  enum class Decision { undecided, accept, reject };

  /// Between a failure rate of `good` (or more) and one of `bad` (or less). The chance to accept a bad candidate is at
  /// most about `false_accept`, that to reject a good one about `false_reject`. Requires 0 < bad < good < 1.
  SequentialTest(double good, double bad, double false_accept = 0.05, double false_reject = 0.1);

  /// Against a schedule that failed in `failed` of `runs`: "as often" is its rate, estimated with caution, "much less"
  /// the share `less` of it.
  static SequentialTest against(int failed, int runs, double less = 0.5, double false_accept = 0.05,
                                double false_reject = 0.1);

  void add(bool failed);
  Decision decision() const;
  int runs() const { return runs_; }
  int failures() const { return failures_; }

 private:
  double per_failure_, per_pass_;  ///< log likelihood ratios
  double accept_at_, reject_at_;
  double sum_ = 0;
  int runs_ = 0, failures_ = 0;
};

}  // namespace stormproof
