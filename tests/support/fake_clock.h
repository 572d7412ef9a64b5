/// A clock that stands still until told otherwise.
#pragma once

#include <atomic>

#include "harness/base/clock.h"

namespace stormproof {

class FakeClock final : public Clock {
 public:
  Nanos now() const override { return Nanos(now_.load()); }
  void advance(Nanos by) { now_ += by.count(); }
  void set(Nanos to) { now_ = to.count(); }

 private:
  std::atomic<std::int64_t> now_{0};
};

}  // namespace stormproof
