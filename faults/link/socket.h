/// The few socket calls a proxy needs. Every socket is CLOEXEC and non-blocking; loopback only.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/fd.h"
#include "harness/base/result.h"

namespace stormproof {

/// An IPv4 or IPv6 loopback address with a port.
class LoopbackAddress {
 public:
  /// "127.0.0.1:4711", "[::1]:4711" or "localhost:4711" (which is 127.0.0.1). Anything but loopback is an error.
  static Result<LoopbackAddress> parse(std::string_view text);
  /// The same family's first loopback address, port 0.
  LoopbackAddress any_port() const;
  LoopbackAddress with_port(std::uint16_t port) const;
  std::string text() const;
  std::uint16_t port() const;
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  int family() const { return storage_.ss_family; }

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

/// A free port that stays ours while listeners come and go: a bound socket that never listens, so that connecting to
/// the port is refused unless a listener is open as well.
struct ReservedPort {
  Fd holder;
  LoopbackAddress address;
};

Result<ReservedPort> reserve_port(const LoopbackAddress& family);
/// Listens on a reserved port. Closing the descriptor resets what was not accepted yet.
Result<Fd> listen_on(const ReservedPort& port);
/// A socket on its way to `upstream`: writable once the attempt is over, socket_error() then tells how it went.
Result<Fd> dial(const LoopbackAddress& upstream);

/// Takes the pending error; 0 when there is none.
int socket_error(int fd);
/// How a dial ended. False also for a socket that met itself: the kernel may draw the upstream's port as the source.
bool is_connected(int fd);
void set_no_delay(int fd);
/// Closes so that the peer sees a reset instead of an orderly end.
void close_with_reset(Fd& fd);

}  // namespace stormproof
