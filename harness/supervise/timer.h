/// A timer on the event loop, without Asio's headers.
#pragma once

#include <functional>
#include <memory>

#include "harness/base/clock.h"

namespace boost::asio {
class io_context;
}

namespace stormproof {

/// Loop thread only.
class Timer {
 public:
  explicit Timer(boost::asio::io_context& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Calls back once after `delay`, in place of what was to be called before.
  void set(Nanos delay, std::function<void()> task);
  void cancel();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stormproof
