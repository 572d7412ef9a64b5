/// How much of the machine somebody else used while something was measured.
#pragma once

namespace stormproof::bench {

class Neighbours {
 public:
  /// Counts from here on.
  Neighbours();
  /// Part of all processor time, 0 to 1, that went neither to this process, nor to its children that are reaped, nor to
  /// nobody. Time that the hypervisor took is somebody else's too.
  double share() const;

 private:
  struct Sample {
    double total = 0;  ///< seconds of all processors
    double idle = 0;
    double own = 0;
  };
  static Sample now();

  Sample start_;
};

}  // namespace stormproof::bench
