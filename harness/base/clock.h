/// Time is an argument. Everything that needs "now" takes a Clock; tests pass a FakeClock (tests/support).
#pragma once

#include <chrono>

namespace stormproof {

using Nanos = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  /// Time since the clock's origin (for a run: since its start). Monotonic, never negative, callable from any thread.
  virtual Nanos now() const = 0;
};

/// CLOCK_MONOTONIC, counted from the construction of the object.
class SteadyClock final : public Clock {
 public:
  SteadyClock() : origin_(std::chrono::steady_clock::now()) {}
  Nanos now() const override { return std::chrono::steady_clock::now() - origin_; }
  /// For waits on condition variables and poll loops.
  std::chrono::steady_clock::time_point at(Nanos since_origin) const { return origin_ + since_origin; }

 private:
  std::chrono::steady_clock::time_point origin_;
};

/// Seconds since the Unix epoch. Only for the date in reports and run-directory names, never for measuring.
double wall_seconds();

}  // namespace stormproof
