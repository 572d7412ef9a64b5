/// The few socket calls a proxy needs. Every socket is CLOEXEC and non-blocking.
#pragma once

#include "faults/link/address.h"
#include "harness/base/fd.h"
#include "harness/base/result.h"

namespace stormproof {

/// A port that stays ours while listeners come and go: a bound socket that never listens, so that connecting to the
/// port is refused unless a listener is open as well. Unix sockets need none; theirs is empty.
struct ReservedPort {
  Fd holder;
  Address address;  ///< with the port that was drawn
};

/// Takes `wanted`. The error reads "listen tcp 127.0.0.1:80: bind: permission denied".
Result<ReservedPort> reserve_port(const Address& wanted);
/// Listens on a reserved port. Closing the descriptor resets what was not accepted yet. A Unix socket's path is made,
/// in the place of one that nobody listens at; unlink it when done.
Result<Fd> listen_on(const ReservedPort& port);

/// A socket on its way to an upstream.
struct Dialled {
  Fd fd;
  bool over = false;  ///< the attempt; else the socket becomes writable once it is. Then ask is_connected().
};
Result<Dialled> dial(const Address& upstream);

/// How a dial ended. False also for a socket that met itself: the kernel may draw the upstream's port as the source.
bool is_connected(int fd);
void set_no_delay(int fd);
/// Closes so that the peer sees a reset instead of an orderly end.
void close_with_reset(Fd& fd);

}  // namespace stormproof
