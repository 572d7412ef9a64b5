#include "tests/support/test_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace stormproof {
namespace {

constexpr int kPatience = 20'000;  // ms

struct Address {
  sockaddr_in6 raw{};
  socklen_t size = 0;
  int family = AF_INET;
};

Address parse(const std::string& text) {
  Address address;
  const std::size_t colon = text.rfind(':');
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))));
  const std::string host = text.substr(0, colon);
  if (host.front() == '[') {
    address.family = address.raw.sin6_family = AF_INET6;
    address.raw.sin6_port = port;
    inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address.raw.sin6_addr);
    address.size = sizeof(sockaddr_in6);
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.raw);
    v4->sin_family = AF_INET;
    v4->sin_port = port;
    inet_pton(AF_INET, host.c_str(), &v4->sin_addr);
    address.size = sizeof(sockaddr_in);
  }
  return address;
}

bool await(int fd, short what) {
  pollfd entry{.fd = fd, .events = what, .revents = 0};
  return ::poll(&entry, 1, kPatience) == 1;
}

}  // namespace

TestSocket::TestSocket(Fd fd) : fd_(std::move(fd)) {
  if (!fd_) return;
  ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

TestSocket TestSocket::connect(const std::string& text) {
  const Address address = parse(text);
  TestSocket made(Fd(::socket(address.family, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  int code = ::connect(made.fd(), reinterpret_cast<const sockaddr*>(&address.raw), address.size) == 0 ? 0 : errno;
  if (code == EINPROGRESS) {
    await(made.fd(), POLLOUT);
    socklen_t size = sizeof code;
    ::getsockopt(made.fd(), SOL_SOCKET, SO_ERROR, &code, &size);
  }
  made.error_ = code;
  if (code != 0) made.fd_.reset();
  return made;
}

bool TestSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN || !await(fd(), POLLOUT)) {
      return false;
    }
  }
  return true;
}

std::size_t TestSocket::send_what_fits(std::string_view bytes) {
  std::size_t total = 0;
  while (total < bytes.size()) {
    const ssize_t sent = ::send(fd(), bytes.data() + total, bytes.size() - total, MSG_NOSIGNAL);
    if (sent <= 0) break;
    total += static_cast<std::size_t>(sent);
  }
  return total;
}

TestSocket::Read TestSocket::receive(std::size_t size) {
  Read read;
  std::vector<char> buffer(65536);
  while (read.bytes.size() < size) {
    const ssize_t got = ::recv(fd(), buffer.data(), std::min(buffer.size(), size - read.bytes.size()), 0);
    if (got > 0) {
      read.bytes.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      read.end = End::fin;
      return read;
    } else if (errno != EAGAIN) {
      read.end = End::reset;
      return read;
    } else if (!await(fd(), POLLIN)) {
      read.end = End::timeout;
      return read;
    }
  }
  return read;
}

TestSocket::Read TestSocket::receive_all() { return receive(SIZE_MAX); }

TestSocket::Read TestSocket::peek_now() {
  Read read;
  std::vector<char> buffer(65536);
  const ssize_t got = ::recv(fd(), buffer.data(), buffer.size(), MSG_PEEK);
  if (got > 0) read.bytes.assign(buffer.data(), static_cast<std::size_t>(got));
  if (got == 0) read.end = End::fin;
  if (got < 0 && errno != EAGAIN) read.end = End::reset;
  return read;
}

void TestSocket::finish_sending() { ::shutdown(fd(), SHUT_WR); }

void TestSocket::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd_.reset();
}

void TestSocket::close() { fd_.reset(); }

TestListener::TestListener(const std::string& host) {
  Address address = parse((host.empty() ? "127.0.0.1" : host) + ":0");
  fd_ = Fd(::socket(address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  auto* raw = reinterpret_cast<sockaddr*>(&address.raw);
  if (::bind(fd_.get(), raw, address.size) != 0 || ::listen(fd_.get(), 512) != 0 ||
      ::getsockname(fd_.get(), raw, &address.size) != 0) {
    throw std::runtime_error("the test cannot listen on loopback");
  }
  address_ = (host.empty() ? "127.0.0.1" : host) + ":" + std::to_string(ntohs(address.raw.sin6_port));
}

TestSocket TestListener::accept() {
  if (!await(fd_.get(), POLLIN)) return {};
  return TestSocket(Fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
}

bool TestListener::pending() {
  pollfd entry{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    (void)entry;
    ++count;
  }
  return count;
}

}  // namespace stormproof
