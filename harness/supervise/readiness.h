/// Finds out when a process is ready: asks every 2 ms at first, later every 50 ms, until it is. Lives on the event loop
/// and never blocks it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "harness/model/scenario.h"
#include "harness/supervise/spawn.h"
#include "harness/supervise/wait_hub.h"

namespace stormproof {

class ReadinessProbe {
 public:
  struct Options {
    ReadySpec spec;        ///< kind is not `none`; a pattern compiles
    int port = 0;          ///< tcp, http, grpc: on 127.0.0.1
    SpawnRequest process;  ///< exec: environment and directory of the target; argv comes from spec
  };

  ReadinessProbe(boost::asio::io_context& loop, WaitHub& hub, Options options, std::function<void()> ready);
  /// Ends an attempt in flight, its process included; `ready` is not called any more.
  ~ReadinessProbe();
  ReadinessProbe(const ReadinessProbe&) = delete;
  ReadinessProbe& operator=(const ReadinessProbe&) = delete;

  void start();
  /// A line the process printed.
  void on_line(std::string_view line);
  /// What the last attempt said: "127.0.0.1:4711: Connection refused".
  std::string trouble() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace stormproof
