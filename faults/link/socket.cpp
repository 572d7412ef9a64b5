#include "faults/link/socket.h"

#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>

namespace stormproof {
namespace {

constexpr int kBacklog = 4096;

/// What the kernel said, as Go's net package writes it: users of Toxiproxy's clients match on these words.
Error listen_error(const Address& address, std::string_view call) {
  const int code = errno;
  std::string reason = std::strerror(code);
  reason.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(reason.front())));
  std::string hint;
  if (code == EMFILE || code == ENFILE) hint = "raise the limit on open files (ulimit -n)";
  if (code == EADDRINUSE) hint = "somebody else listens there; choose another address, or port 0 for a free one";
  if (code == EACCES) hint = "choose a port above 1023, or a path you may write to";
  const std::string where = address.is_unix() ? address.text().substr(5) : address.text();
  return environment_error(fmt::format("listen {} {}: {}: {}", address.is_unix() ? "unix" : "tcp", where, call, reason),
                           std::move(hint));
}

Result<Fd> bound_socket(const Address& address) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return listen_error(address, "socket");
  const int on = 1;
  const int off = 0;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family() == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(fd.get(), address.raw(), address.size()) != 0) return listen_error(address, "bind");
  return fd;
}

/// A path that a process left behind when it was killed: a socket at which nobody listens.
bool is_abandoned(const Address& address) {
  Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return probe && ::connect(probe.get(), address.raw(), address.size()) != 0 && errno == ECONNREFUSED;
}

}  // namespace

Result<ReservedPort> reserve_port(const Address& wanted) {
  if (wanted.is_unix()) return ReservedPort{Fd(), wanted};
  Result<Fd> holder = bound_socket(wanted);
  if (!holder) return holder.error();
  const Address bound = Address::of_socket(holder->get());
  return ReservedPort{std::move(*holder), bound};
}

Result<Fd> listen_on(const ReservedPort& port) {
  if (!port.address.path().empty() && is_abandoned(port.address)) ::unlink(port.address.path().c_str());
  // A second socket with SO_REUSEADDR may share the port with the holder, because that one does not listen.
  Result<Fd> listener = bound_socket(port.address);
  if (!listener) return listener.error();
  if (::listen(listener->get(), kBacklog) != 0) return listen_error(port.address, "listen");
  return listener;
}

Result<Dialled> dial(const Address& upstream) {
  Dialled dialled{Fd(::socket(upstream.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))};
  if (!dialled.fd) return environment_error(fmt::format("cannot open a socket: {}", std::strerror(errno)));
  if (!upstream.is_unix()) set_no_delay(dialled.fd.get());
  if (::connect(dialled.fd.get(), upstream.raw(), upstream.size()) == 0) {
    // On loopback the handshake is over before connect() returns.
    dialled.over = true;
  } else if (errno != EINPROGRESS) {
    return environment_error(fmt::format("cannot connect to {}: {}", upstream.text(), std::strerror(errno)));
  }
  return dialled;
}

bool is_connected(int fd) {
  int code = 0;
  socklen_t size = sizeof code;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0 || code != 0) return false;
  const Address own = Address::of_socket(fd);
  return own.is_unix() || !(own == Address::of_peer(fd));
}

void set_no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void close_with_reset(Fd& fd) {
  if (!fd) return;
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd.reset();
}

}  // namespace stormproof
