/// The load of the proxy bench: one server thread, one client thread (the caller's), both on epoll.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "harness/base/fd.h"

namespace stormproof::bench {

/// Accepts on a free loopback port; reads and discards, or sends back, until it is destroyed.
class LoadServer {
 public:
  enum class Work { discard, echo };
  LoadServer(Work work, int processor);
  ~LoadServer();
  LoadServer(const LoadServer&) = delete;
  LoadServer& operator=(const LoadServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint64_t received() const { return received_.load(std::memory_order_relaxed); }

 private:
  void serve();
  void accept_all(const Fd& epoll);
  /// False: the connection is over.
  bool serve_peer(int fd);

  Work work_;
  int processor_;
  Fd listener_;
  std::uint16_t port_;
  Fd stop_;
  std::atomic<std::uint64_t> received_{0};
  std::vector<char> buffer_;
  std::vector<Fd> peers_;  ///< by descriptor
  std::thread thread_;
};

/// What is measured, and for how long.
struct Window {
  double warm_up = 0.4;                              ///< seconds of load before the window opens
  double length = 1.0;                               ///< seconds
  std::function<double()> cpu = [] { return 0.0; };  ///< seconds the proxy has used so far
};

struct Bulk {
  double bytes = 0;  ///< that reached the server in the window
  double seconds = 0;
  double cpu = 0;
};
/// Sends as fast as it goes on `connections` connections.
Bulk run_bulk(std::uint16_t port, const LoadServer& server, int connections, const Window& window);

struct Ping {
  std::vector<double> micros;  ///< of each round trip in the window, sorted
  double seconds = 0;
  double cpu = 0;
  double at(double quantile) const;
};
/// 64 bytes there and back, again and again, on each of `connections` connections.
Ping run_ping(std::uint16_t port, int connections, const Window& window);

struct Rate {
  double connections = 0;  ///< that ended in the window
  double seconds = 0;
  double cpu = 0;
};
/// Connect, 64 bytes there and back, close; 16 at a time.
Rate run_rate(std::uint16_t port, const Window& window);

/// Opens `count` connections with one round trip each and returns them.
std::vector<Fd> open_idle(std::uint16_t port, int count);

}  // namespace stormproof::bench
