#include "tests/support/echo_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <list>
#include <vector>

namespace stormproof {
namespace {

struct Peer {
  TestSocket socket;
  std::string pending;
  bool ended = false;
};

/// False when the connection is over.
bool serve_peer(Peer& peer, short events) {
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && !peer.ended && peer.pending.size() < 65536) {
    char buffer[16384];
    const ssize_t got = ::recv(peer.socket.fd(), buffer, sizeof buffer, 0);
    if (got < 0 && errno != EAGAIN) return false;
    if (got == 0) peer.ended = true;
    if (got > 0) peer.pending.append(buffer, static_cast<std::size_t>(got));
  }
  peer.pending.erase(0, peer.socket.send_what_fits(peer.pending));
  return !(peer.ended && peer.pending.empty());
}

}  // namespace

EchoServer::EchoServer(const std::string& host) : listener_(host), stop_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this] { serve(); });
}

EchoServer::~EchoServer() {
  const std::uint64_t one = 1;
  (void)!::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

void EchoServer::serve() {
  std::list<Peer> peers;
  for (;;) {
    std::vector<pollfd> entries{{.fd = stop_.get(), .events = POLLIN, .revents = 0},
                                {.fd = listener_.fd(), .events = POLLIN, .revents = 0}};
    for (const Peer& peer : peers) {
      short events = 0;
      if (!peer.ended && peer.pending.size() < 65536) events |= POLLIN;
      if (!peer.pending.empty()) events |= POLLOUT;
      entries.push_back({.fd = peer.socket.fd(), .events = events, .revents = 0});
    }
    ::poll(entries.data(), entries.size(), -1);
    if (entries[0].revents != 0) return;
    std::size_t index = 2;
    for (auto peer = peers.begin(); peer != peers.end(); ++index) {
      const short events = entries[index].revents;
      peer = events == 0 || serve_peer(*peer, events) ? std::next(peer) : peers.erase(peer);
    }
    if (entries[1].revents != 0) peers.push_back({listener_.accept(), {}, false});
  }
}

}  // namespace stormproof
