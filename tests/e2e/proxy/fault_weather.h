/// Faults that come, change and go on a proxy while traffic passes.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "harness/base/rng.h"
#include "tests/e2e/proxy/proxy_under_test.h"

namespace stormproof::e2e {

class FaultWeather {
 public:
  enum class Mood {
    gentle,  ///< bytes are late, in pieces, held for a while: nobody may notice but by the time it takes
    harsh,   ///< connections are reset, cut and swallowed as well
  };
  /// Begins at once, on a thread of its own.
  FaultWeather(const ProxyUnderTest& proxy, Mood mood, std::uint64_t seed);
  ~FaultWeather();
  FaultWeather(const FaultWeather&) = delete;
  FaultWeather& operator=(const FaultWeather&) = delete;

  /// Removes every fault and returns when the last is gone.
  void stop();
  /// Faults added, changed and removed so far.
  int changes() const { return changes_; }

 private:
  void blow();
  void begin_one(int number);

  const ProxyUnderTest& proxy_;
  Mood mood_;
  Rng rng_;
  std::atomic<bool> stop_{false};
  std::atomic<int> changes_{0};
  std::thread thread_;
};

}  // namespace stormproof::e2e
