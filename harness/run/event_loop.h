/// The one loop of a run: timers, and work posted by other threads. The only place in harness/run that sees asio.
#pragma once

#include <functional>
#include <memory>

#include "harness/base/clock.h"

namespace boost::asio {
class io_context;
}

namespace stormproof {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  boost::asio::io_context& context();

  /// Runs `task` on the loop. Any thread; after close() it does nothing.
  void post(std::function<void()> task);
  /// Runs `task` on the loop after `delay`, unless close() comes first. Loop thread only.
  void after(Nanos delay, std::function<void()> task);
  /// Handles what is due for `period`. Loop thread only.
  void run_for(Nanos period);
  /// Forgets all timers and posted tasks of ours; asio's own users are not touched.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace stormproof
