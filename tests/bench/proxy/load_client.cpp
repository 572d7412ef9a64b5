#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "tests/bench/proxy/load.h"
#include "tests/bench/proxy/net.h"

namespace stormproof::bench {
namespace {

constexpr std::size_t kMessage = 64;
constexpr std::size_t kSendSize = std::size_t{256} << 10U;
constexpr int kInFlight = 16;
/// A proxy that passes nothing for so long has failed.
constexpr int kPatience = 10'000;  // ms

/// When the load warms up and when it is measured; looked at between two events.
class Phases {
 public:
  explicit Phases(const Window& window) : window_(window), opens_(monotonic_seconds() + window.warm_up) {}
  /// False once the window is over. `opening` runs when it begins.
  template <class Opening>
  bool go_on(double now, const Opening& opening) {
    if (!open_ && now >= opens_) {
      open_ = true;
      opens_ = now;
      cpu_ = window_.cpu();
      opening();
    }
    return !open_ || now < opens_ + window_.length;
  }
  bool open() const { return open_; }
  double seconds(double now) const { return now - opens_; }
  double cpu() const { return window_.cpu() - cpu_; }

 private:
  const Window& window_;
  double opens_;
  bool open_ = false;
  double cpu_ = 0;
};

/// Waits and calls `on_event` for each.
template <class OnEvent>
void turn(const Fd& epoll, const OnEvent& on_event) {
  std::array<epoll_event, 128> events{};
  const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), kPatience);
  if (count <= 0) throw Trouble("nothing moves");
  for (int i = 0; i < count; ++i) on_event(events[static_cast<std::size_t>(i)]);
}

void send_message(const Fd& socket) {
  static const std::array<char, kMessage> kBytes{};
  if (::send(socket.get(), kBytes.data(), kMessage, MSG_NOSIGNAL) != kMessage) fail("send");
}

/// Adds what there is to `got`; true when the message is whole.
bool receive_message(const Fd& socket, std::size_t& got) {
  std::array<char, kMessage> bytes{};
  const ssize_t count = ::recv(socket.get(), bytes.data(), kMessage - got, 0);
  if (count == 0) throw Trouble("the proxy closed a connection");
  if (count < 0 && errno != EAGAIN) fail("recv");
  if (count > 0) got += static_cast<std::size_t>(count);
  return got == kMessage;
}

}  // namespace

Bulk run_bulk(std::uint16_t port, const LoadServer& server, int connections, const Window& window) {
  static const std::vector<char> kBytes(kSendSize, 'x');
  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  std::vector<Fd> sockets;
  for (int i = 0; i < connections; ++i) {
    sockets.push_back(dial_and_wait(port));
    watch(epoll, sockets.back().get(), EPOLLOUT, static_cast<std::uint64_t>(i));
  }
  Phases phases(window);
  std::uint64_t before = 0;
  while (phases.go_on(monotonic_seconds(), [&] { before = server.received(); })) {
    turn(epoll, [&](const epoll_event& event) {
      const ssize_t sent = ::send(sockets[event.data.u64].get(), kBytes.data(), kBytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) fail("send");
    });
  }
  const auto bytes = static_cast<double>(server.received() - before);
  return {bytes, phases.seconds(monotonic_seconds()), phases.cpu()};
}

double Ping::at(double quantile) const {
  if (micros.empty()) return 0;
  return micros[static_cast<std::size_t>(quantile * static_cast<double>(micros.size() - 1))];
}

Ping run_ping(std::uint16_t port, int connections, const Window& window) {
  struct Line {
    Fd socket;
    std::size_t got = 0;
    double sent = 0;
  };
  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  std::vector<Line> lines;
  for (int i = 0; i < connections; ++i) {
    lines.push_back({dial_and_wait(port), 0, monotonic_seconds()});
    watch(epoll, lines.back().socket.get(), EPOLLIN, static_cast<std::uint64_t>(i));
    send_message(lines.back().socket);
  }
  Phases phases(window);
  Ping result;
  double now = monotonic_seconds();
  while (phases.go_on(now, [] {})) {
    turn(epoll, [&](const epoll_event& event) {
      Line& line = lines[event.data.u64];
      if (!receive_message(line.socket, line.got)) return;
      now = monotonic_seconds();
      if (phases.open()) result.micros.push_back((now - line.sent) * 1e6);
      line.got = 0;
      line.sent = now;
      send_message(line.socket);
    });
  }
  result.seconds = phases.seconds(now);
  result.cpu = phases.cpu();
  std::sort(result.micros.begin(), result.micros.end());
  return result;
}

Rate run_rate(std::uint16_t port, const Window& window) {
  struct Visit {
    Fd socket;
    std::size_t got = 0;
    bool asked = false;
  };
  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  std::array<Visit, kInFlight> visits;
  const auto begin = [&](std::size_t slot) {
    visits[slot] = {dial(port), 0, false};
    watch(epoll, visits[slot].socket.get(), EPOLLIN | EPOLLOUT | EPOLLET, slot);
  };
  for (std::size_t slot = 0; slot < kInFlight; ++slot) begin(slot);
  Phases phases(window);
  Rate result;
  while (phases.go_on(monotonic_seconds(), [&] { result.connections = 0; })) {
    turn(epoll, [&](const epoll_event& event) {
      Visit& visit = visits[event.data.u64];
      if ((event.events & EPOLLERR) != 0) throw Trouble("a connection failed");
      if (!visit.asked) {
        send_message(visit.socket);
        visit.asked = true;
      } else if ((event.events & EPOLLIN) != 0 && receive_message(visit.socket, visit.got)) {
        result.connections += 1;
        begin(event.data.u64);
      }
    });
  }
  result.seconds = phases.seconds(monotonic_seconds());
  result.cpu = phases.cpu();
  return result;
}

std::vector<Fd> open_idle(std::uint16_t port, int count) {
  constexpr int kBatch = 100;
  std::vector<Fd> sockets;
  sockets.reserve(static_cast<std::size_t>(count));
  while (static_cast<int>(sockets.size()) < count) {
    const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    const std::size_t first = sockets.size();
    for (int i = 0; i < kBatch && static_cast<int>(sockets.size()) < count; ++i) {
      sockets.push_back(dial_and_wait(port));
      watch(epoll, sockets.back().get(), EPOLLIN, sockets.size() - 1);
      send_message(sockets.back());
    }
    std::vector<std::size_t> got(sockets.size() - first);
    std::size_t whole = 0;
    while (whole < got.size()) {
      turn(epoll, [&](const epoll_event& event) {
        const std::size_t index = event.data.u64;
        if (receive_message(sockets[index], got[index - first])) {
          ++whole;
          ::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, sockets[index].get(), nullptr);
        }
      });
    }
  }
  return sockets;
}

}  // namespace stormproof::bench
