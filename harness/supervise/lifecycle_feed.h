/// The lifecycle of all targets as a gRPC stream (stormproof.v1.Lifecycle/Watch) on a loopback port: what a Kubernetes
/// event listener would see. Every watcher first gets all events so far, then each new one; a watcher that is slow or
/// dead holds up nobody but itself.
#pragma once

#include <memory>
#include <string>

#include "harness/base/result.h"
#include "harness/supervise/lifecycle.h"

namespace stormproof {

class LifecycleFeed {
 public:
  LifecycleFeed();
  /// As stop().
  ~LifecycleFeed();
  LifecycleFeed(const LifecycleFeed&) = delete;
  LifecycleFeed& operator=(const LifecycleFeed&) = delete;

  /// Begins to serve on a free port; returns "127.0.0.1:4711". Some milliseconds.
  Result<std::string> start();
  /// Any thread; never waits for a watcher. Types Kubernetes does not know (stopping, paused, resumed) are left out.
  void publish(const LifecycleChange& change);
  /// Ends all streams; returns when no thread of the server is left (at most some 100 ms).
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stormproof
