#include "harness/supervise/port_pool.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <sstream>
#include <string>

#include "harness/supervise/proc_fs.h"

namespace stormproof {

namespace {

constexpr int kLow = 10'000;
constexpr int kHigh = 32'767;

/// An abstract name vanishes with the last descriptor: no file to clean up after a kill -9.
Fd reserve(int port) {
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "stormproof-port-" + std::to_string(port);
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) return {};
  return socket;
}

bool bindable(int port) {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  // Any address: a server of somebody else on 0.0.0.0 is in the way too.
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::pair<int, int> ephemeral_range() {
  int low = 32'768;
  int high = 60'999;
  std::istringstream text(read_small_file("/proc/sys/net/ipv4/ip_local_port_range").value_or(""));
  text >> low >> high;
  return {low, high};
}

}  // namespace

std::pair<int, int> port_range(int ephemeral_low, int ephemeral_high) {
  const auto widest = [&](int low, int high) -> std::pair<int, int> {
    const std::pair<int, int> below{low, std::min(high, ephemeral_low - 1)};
    const std::pair<int, int> above{std::max(low, ephemeral_high + 1), high};
    return below.second - below.first >= above.second - above.first ? below : above;
  };
  constexpr int kEnough = 999;
  auto range = widest(kLow, kHigh);
  if (range.second - range.first < kEnough) range = widest(1024, 65'535);
  if (range.second - range.first < kEnough) range = {kLow, kHigh};
  return range;
}

Result<int> PortPool::allocate() {
  const auto [low, high] = port_range(ephemeral_range().first, ephemeral_range().second);
  const int count = high - low + 1;
  const auto first = static_cast<int>(rng_.between(0, count - 1));
  for (int i = 0; i < count; ++i) {
    const int port = low + (first + i) % count;
    Fd reservation = reserve(port);
    if (!reservation || !bindable(port)) continue;
    reservations_.push_back(std::move(reservation));
    return port;
  }
  return environment_error("no free TCP port between " + std::to_string(low) + " and " + std::to_string(high),
                           "stop what listens there; `ss -ltn` shows it");
}

}  // namespace stormproof
