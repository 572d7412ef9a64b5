#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "tests/bench/proxy/load.h"
#include "tests/bench/proxy/net.h"

namespace stormproof::bench {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} << 10U;

}  // namespace

LoadServer::LoadServer(Work work, int processor)
    : work_(work),
      processor_(processor),
      listener_(listen_anywhere()),
      port_(port_of(listener_)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      buffer_(kReadSize) {
  thread_ = std::thread([this] { serve(); });
}

LoadServer::~LoadServer() {
  const std::uint64_t one = 1;
  (void)!::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

void LoadServer::serve() {
  pin(processor_);
  const Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  watch(epoll, stop_.get(), EPOLLIN, static_cast<std::uint64_t>(stop_.get()));
  watch(epoll, listener_.get(), EPOLLIN, static_cast<std::uint64_t>(listener_.get()));
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = static_cast<int>(events[static_cast<std::size_t>(i)].data.u64);
      if (fd == stop_.get()) return;
      if (fd == listener_.get()) {
        accept_all(epoll);
      } else if (!serve_peer(fd)) {
        peers_[static_cast<std::size_t>(fd)].reset();
      }
    }
  }
}

void LoadServer::accept_all(const Fd& epoll) {
  for (;;) {
    Fd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!peer) return;
    const int on = 1;
    ::setsockopt(peer.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto index = static_cast<std::size_t>(peer.get());
    watch(epoll, peer.get(), EPOLLIN, index);
    if (peers_.size() <= index) peers_.resize(index + 1);
    peers_[index] = std::move(peer);
  }
}

bool LoadServer::serve_peer(int fd) {
  const ssize_t got = ::recv(fd, buffer_.data(), buffer_.size(), 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  received_.fetch_add(static_cast<std::uint64_t>(got), std::memory_order_relaxed);
  if (work_ == Work::discard) return true;
  return ::send(fd, buffer_.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
}

}  // namespace stormproof::bench
