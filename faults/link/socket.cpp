#include "faults/link/socket.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace stormproof {
namespace {

constexpr int kBacklog = 1024;

Error system_error(std::string_view what, const LoopbackAddress& address, std::string hint = {}) {
  const int code = errno;
  return environment_error(fmt::format("cannot {} {}: {}", what, address.text(), std::strerror(code)), std::move(hint));
}

Result<Fd> bound_socket(const LoopbackAddress& address) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return system_error("open a socket for", address, "raise the limit on open files (ulimit -n)");
  }
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), address.raw(), address.size()) != 0) return system_error("bind", address);
  return fd;
}

}  // namespace

Result<LoopbackAddress> LoopbackAddress::parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return usage_error(fmt::format("'{}' is not an address of a link: {}", text, why),
                       "write 127.0.0.1:PORT or [::1]:PORT; links carry loopback traffic only");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("the port is missing");
  std::string host(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (code != std::errc{} || end != digits.data() + digits.size() || port == 0 || port > 65535) {
    return bad("the port is not a number from 1 to 65535");
  }
  if (host == "localhost") host = "127.0.0.1";
  LoopbackAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage_);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage_);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const std::string inner = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, inner.c_str(), &v6->sin6_addr) != 1) return bad("the host is not an IPv6 address");
    if (!IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) return bad("the host is not loopback");
    address.storage_.ss_family = AF_INET6;
    address.size_ = sizeof(sockaddr_in6);
  } else {
    if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) != 1) return bad("the host is not an IP address");
    if ((ntohl(v4->sin_addr.s_addr) >> 24U) != 127) return bad("the host is not loopback");
    address.storage_.ss_family = AF_INET;
    address.size_ = sizeof(sockaddr_in);
  }
  return address.with_port(static_cast<std::uint16_t>(port));
}

LoopbackAddress LoopbackAddress::any_port() const {
  LoopbackAddress address;
  address.storage_.ss_family = storage_.ss_family;
  address.size_ = size_;
  if (family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(&address.storage_)->sin6_addr = in6addr_loopback;
  } else {
    reinterpret_cast<sockaddr_in*>(&address.storage_)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  return address;
}

LoopbackAddress LoopbackAddress::with_port(std::uint16_t port) const {
  LoopbackAddress address = *this;
  // The port stands at the same place in both families.
  reinterpret_cast<sockaddr_in*>(&address.storage_)->sin_port = htons(port);
  return address;
}

std::uint16_t LoopbackAddress::port() const { return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port); }

std::string LoopbackAddress::text() const {
  char host[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, host, sizeof host);
    return fmt::format("[{}]:{}", host, port());
  }
  ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr, host, sizeof host);
  return fmt::format("{}:{}", host, port());
}

Result<ReservedPort> reserve_port(const LoopbackAddress& family) {
  const LoopbackAddress wanted = family.any_port();
  Result<Fd> holder = bound_socket(wanted);
  if (!holder) return holder.error();
  sockaddr_in6 bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(holder->get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return system_error("read the port of", wanted);
  }
  return ReservedPort{std::move(*holder), wanted.with_port(ntohs(bound.sin6_port))};
}

Result<Fd> listen_on(const ReservedPort& port) {
  // A second socket with SO_REUSEADDR may share the port with the holder, because that one does not listen.
  Result<Fd> listener = bound_socket(port.address);
  if (!listener) return listener.error();
  if (::listen(listener->get(), kBacklog) != 0) return system_error("listen on", port.address);
  return listener;
}

Result<Fd> dial(const LoopbackAddress& upstream) {
  Fd fd(::socket(upstream.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("open a socket to", upstream);
  set_no_delay(fd.get());
  if (::connect(fd.get(), upstream.raw(), upstream.size()) != 0 && errno != EINPROGRESS) {
    return system_error("connect to", upstream);
  }
  return fd;
}

int socket_error(int fd) {
  int code = 0;
  socklen_t size = sizeof code;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0) return errno;
  return code;
}

bool is_connected(int fd) {
  if (socket_error(fd) != 0) return false;
  sockaddr_storage own{};
  sockaddr_storage peer{};
  socklen_t own_size = sizeof own;
  socklen_t peer_size = sizeof peer;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_size) != 0) return false;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) return false;
  return own_size != peer_size || std::memcmp(&own, &peer, own_size) != 0;
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
