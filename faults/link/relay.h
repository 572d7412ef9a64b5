/// The two sockets of one proxied connection, driven by its LinkFsm. A thin shell: it reads, writes, dials and closes
/// what the state machine asks for and decides nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "faults/link/link_fsm.h"
#include "faults/link/socket.h"
#include "harness/base/fd.h"

namespace stormproof {

/// Proxy thread only.
class Relay {
 public:
  /// Where a relay registers its sockets. `tag` comes back with each event, together with the side.
  struct Poller {
    int epoll = -1;
    std::uint64_t tag = 0;
  };

  /// All references outlive the relay. `stats` is the link's.
  Relay(const FaultChain& chain, std::uint64_t connection, Fd client, const LoopbackAddress& upstream, Poller poller,
        LinkStats& stats, Nanos now);

  /// Handles what epoll reported for one side. `scratch` is memory to read into. False: the connection is over, destroy
  /// the relay.
  bool on_events(Side side, std::uint32_t events, std::span<std::byte> scratch, Nanos now);
  /// Does all that can be done now. False: the connection is over, destroy the relay.
  bool settle(Nanos now);
  /// RST to both sides; destroy the relay then.
  void reset();

  LinkFsm& fsm() { return fsm_; }
  /// For the owner's timers: the time it will be settled at.
  Nanos timer = Nanos::max();

 private:
  struct Socket {
    Fd fd;
    std::uint32_t interest = 0;
    bool registered = false;
    bool hung_up = false;  ///< epoll reports nothing but that any more
  };

  Socket& socket(Side side) { return sockets_[static_cast<std::size_t>(side)]; }
  void read_from(Side side, std::span<std::byte> scratch, Nanos now);
  /// Writes straight from `scratch` while nothing needs the bytes; returns how many it could.
  std::size_t write_through(Side to, std::span<const std::byte> bytes, Nanos now);
  void start_dial();
  void finish_dial();
  /// Returns true when a socket broke, so that there is more to decide.
  bool flush(Side to, Nanos now);
  /// False when epoll does not take the socket (out of memory or of watches).
  bool watch(Side side);
  void count(Side to, std::size_t bytes);

  LinkFsm fsm_;
  std::array<Socket, 2> sockets_;
  const LoopbackAddress* upstream_;
  Poller poller_;
  LinkStats* stats_;
  bool dialling_ = false;
};

}  // namespace stormproof
