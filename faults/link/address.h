/// Where a link listens or dials: an IPv4 or IPv6 address with a port, or a Unix socket.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace stormproof {

class Address {
 public:
  /// "127.0.0.1:4711", "[::1]:4711", "localhost:4711" (which is 127.0.0.1), "unix:/path" or "unix:@abstract". A usage
  /// error for anything else, host names included.
  static Result<Address> parse(std::string_view text);
  /// As parse, for listening: the host may be absent (all addresses of the machine, IPv4 and IPv6) or a name, which is
  /// resolved (blocks).
  static Result<Address> parse_listen(std::string_view text);
  /// "name:port", well-formed, for resolve().
  static bool is_name(std::string_view text);
  /// Asks the resolver of the system for "name:port" (blocks, seconds when no server answers): one address or more, to
  /// be tried in this order. An environment error when it does not know the name.
  static Result<std::vector<Address>> resolve(std::string_view text);
  /// Port 0 of the first loopback address, of IPv6 if `text` is an IPv6 address, else of IPv4.
  static Address loopback_like(const std::string& text);
  /// The socket's own address and that of its peer; equal to Address() when there is none.
  static Address of_socket(int fd);
  static Address of_peer(int fd);

  /// As a client would write it.
  std::string text() const;
  bool is_loopback() const;  ///< Unix sockets are
  bool is_unix() const { return family() == AF_UNIX; }
  /// The path of a Unix socket in the file system, else "".
  std::string path() const;
  std::uint16_t port() const;  ///< not of a Unix socket
  int family() const { return storage_.any.sa_family; }
  const sockaddr* raw() const { return &storage_.any; }
  socklen_t size() const { return size_; }
  bool operator==(const Address& other) const;

 private:
  static Result<Address> from_parts(const std::string& host, std::uint16_t port);

  union {
    sockaddr any;
    sockaddr_storage space;
    sockaddr_un local;
  } storage_{.space = {}};
  socklen_t size_ = 0;
};

}  // namespace stormproof
