#include "faults/link/address.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>

namespace stormproof {
namespace {

constexpr std::string_view kUnix = "unix:";

Error bad(std::string_view text, std::string_view why) {
  return usage_error(fmt::format("'{}' is not an address of a link: {}", text, why),
                     "write 127.0.0.1:PORT, [::1]:PORT or unix:/PATH");
}

struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
};

Result<HostAndPort> split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(text, "the port is missing");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  HostAndPort parts;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), parts.port);
  if (code != std::errc{} || end != digits.data() + digits.size()) {
    return bad(text, "the port is not a number from 0 to 65535");
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return bad(text, "only an IPv6 address stands in brackets");
  } else if (host.find(':') != std::string_view::npos) {
    return bad(text, "an IPv6 address stands in brackets, [::1]:PORT");
  }
  parts.host = host;
  return parts;
}

}  // namespace

Result<Address> Address::from_parts(const std::string& host, std::uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage_);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage_);
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size_ = sizeof(sockaddr_in);
    return address;
  }
  if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size_ = sizeof(sockaddr_in6);
    return address;
  }
  return bad(host, "the host is not an IP address");
}

Result<Address> Address::parse(std::string_view text) {
  if (text.starts_with(kUnix)) {
    const std::string_view path = text.substr(kUnix.size());
    Address address;
    if (path.empty() || path.size() >= sizeof address.storage_.local.sun_path) {
      return bad(text, fmt::format("a path has 1 to {} bytes", sizeof address.storage_.local.sun_path - 1));
    }
    address.storage_.local.sun_family = AF_UNIX;
    std::memcpy(address.storage_.local.sun_path, path.data(), path.size());
    // unix(7): an abstract name starts with a zero byte and is as long as the address says.
    const bool abstract = path.front() == '@';
    if (abstract) address.storage_.local.sun_path[0] = '\0';
    address.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
    return address;
  }
  Result<HostAndPort> parts = split(text);
  if (!parts) return parts.error();
  Result<Address> address = from_parts(parts->host == "localhost" ? "127.0.0.1" : parts->host, parts->port);
  if (!address) return bad(text, "the host is not an IP address");
  return address;
}

Result<Address> Address::parse_listen(std::string_view text) {
  if (text.starts_with(':')) {
    Result<HostAndPort> parts = split(text);
    if (!parts) return parts.error();
    return from_parts("::", parts->port);
  }
  Result<Address> address = parse(text);
  if (address || !is_name(text)) return address;
  Result<std::vector<Address>> addresses = resolve(text);
  if (!addresses) return addresses.error();
  return addresses->front();
}

bool Address::is_name(std::string_view text) {
  if (text.starts_with(kUnix)) return false;
  const Result<HostAndPort> parts = split(text);
  return parts && !parts->host.empty();
}

Result<std::vector<Address>> Address::resolve(std::string_view text) {
  const Result<HostAndPort> parts = split(text);
  if (!parts) return parts.error();
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(parts->host.c_str(), std::to_string(parts->port).c_str(), &wanted, &list);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> found(list, ::freeaddrinfo);
  if (code != 0) {
    return environment_error(fmt::format("lookup {}: {}", parts->host, ::gai_strerror(code)),
                             "check the name, or write an IP address");
  }
  std::vector<Address> addresses;
  for (const addrinfo* next = found.get(); next != nullptr; next = next->ai_next) {
    Address& address = addresses.emplace_back();
    std::memcpy(&address.storage_, next->ai_addr, next->ai_addrlen);
    address.size_ = next->ai_addrlen;
  }
  return addresses;
}

Address Address::loopback_like(const std::string& text) {
  return *from_parts(text.starts_with('[') ? "::1" : "127.0.0.1", 0);
}

Address Address::of_socket(int fd) {
  Address address;
  address.size_ = sizeof address.storage_;
  if (::getsockname(fd, &address.storage_.any, &address.size_) != 0) return {};
  return address;
}

Address Address::of_peer(int fd) {
  Address address;
  address.size_ = sizeof address.storage_;
  if (::getpeername(fd, &address.storage_.any, &address.size_) != 0) return {};
  return address;
}

std::uint16_t Address::port() const {
  // At the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
}

std::string Address::text() const {
  char host[INET6_ADDRSTRLEN] = {};
  switch (family()) {
    case AF_INET:
      ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr, host, sizeof host);
      return fmt::format("{}:{}", host, port());
    case AF_INET6:
      ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, host, sizeof host);
      return fmt::format("[{}]:{}", host, port());
    case AF_UNIX: {
      const std::string_view raw(storage_.local.sun_path, size_ - offsetof(sockaddr_un, sun_path));
      if (raw.starts_with('\0')) return fmt::format("unix:@{}", raw.substr(1));
      return fmt::format("unix:{}", path());
    }
    default: return "";
  }
}

std::string Address::path() const {
  if (!is_unix() || storage_.local.sun_path[0] == '\0') return "";
  return storage_.local.sun_path;
}

bool Address::is_loopback() const {
  switch (family()) {
    case AF_INET:
      return (ntohl(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr.s_addr) >> 24U) == IN_LOOPBACKNET;
    case AF_INET6: return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr);
    case AF_UNIX: return true;
    default: return false;
  }
}

bool Address::operator==(const Address& other) const {
  return size_ == other.size_ && std::memcmp(&storage_, &other.storage_, size_) == 0;
}

}  // namespace stormproof
