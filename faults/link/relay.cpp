#include "faults/link/relay.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace stormproof {
namespace {

/// Reads of one connection before the others get their turn.
constexpr int kReadsPerEvent = 4;

bool would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

}  // namespace

Relay::Relay(const FaultChain& chain, std::uint64_t connection, Fd client, const LoopbackAddress& upstream,
             Poller poller, LinkStats& stats, Nanos now)
    : fsm_(chain, connection, now), upstream_(&upstream), poller_(poller), stats_(&stats) {
  socket(Side::client).fd = std::move(client);
}

bool Relay::on_events(Side side, std::uint32_t events, std::span<std::byte> scratch, Nanos now) {
  if (side == Side::server && dialling_) {
    finish_dial();
    return settle(now);
  }
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
    if (fsm_.room(side) > 0) {
      read_from(side, scratch, now);
    } else if ((events & EPOLLERR) != 0) {
      fsm_.on_broken(side, now);
      socket(side).hung_up = true;
    } else if ((events & EPOLLHUP) != 0) {
      // Both directions of the socket are shut, yet there is no room for its last bytes: level-triggered epoll would
      // report that for ever.
      socket(side).hung_up = true;
    }
  }
  return settle(now);
}

void Relay::read_from(Side side, std::span<std::byte> scratch, Nanos now) {
  for (int round = 0; round < kReadsPerEvent; ++round) {
    const std::size_t wanted = std::min(fsm_.room(side), scratch.size());
    if (wanted == 0) return;
    const ssize_t got = ::recv(socket(side).fd.get(), scratch.data(), wanted, 0);
    if (got == 0) {
      fsm_.on_fin(side, now);
      return;
    }
    if (got < 0) {
      if (errno == EINTR) continue;
      if (would_block(errno)) return;
      fsm_.on_broken(side, now);
      socket(side).hung_up = true;
      return;
    }
    std::span<const std::byte> bytes = scratch.first(static_cast<std::size_t>(got));
    if (fsm_.transparent(side)) {
      const std::size_t written = write_through(opposite(side), bytes, now);
      bytes = bytes.subspan(written);
    }
    fsm_.on_bytes(side, bytes, now);
    if (static_cast<std::size_t>(got) < wanted) return;
  }
}

std::size_t Relay::write_through(Side to, std::span<const std::byte> bytes, Nanos now) {
  const ssize_t sent = ::send(socket(to).fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (!would_block(errno) && errno != EINTR) {
      fsm_.on_broken(to, now);
      socket(to).hung_up = true;
    }
    return 0;
  }
  fsm_.pass(opposite(to), static_cast<std::size_t>(sent));
  count(to, static_cast<std::size_t>(sent));
  return static_cast<std::size_t>(sent);
}

void Relay::count(Side to, std::size_t bytes) {
  (to == Side::server ? stats_->upstream_bytes : stats_->downstream_bytes) += bytes;
}

void Relay::start_dial() {
  fsm_.on_dial_started();
  Result<Fd> dialled = dial(*upstream_);
  if (!dialled) {
    fsm_.on_dial_failed();
    return;
  }
  socket(Side::server).fd = std::move(*dialled);
  dialling_ = true;
}

void Relay::finish_dial() {
  dialling_ = false;
  if (is_connected(socket(Side::server).fd.get())) {
    fsm_.on_dialled();
  } else {
    fsm_.on_dial_failed();
  }
}

bool Relay::flush(Side to, Nanos now) {
  for (auto bytes = fsm_.output(to); !bytes.empty(); bytes = fsm_.output(to)) {
    const ssize_t sent = ::send(socket(to).fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (would_block(errno)) return false;
      fsm_.on_broken(to, now);
      socket(to).hung_up = true;
      return true;
    }
    fsm_.on_written(to, static_cast<std::size_t>(sent));
    count(to, static_cast<std::size_t>(sent));
  }
  switch (fsm_.end_due(to)) {
    case Flow::End::none: return false;
    case Flow::End::fin:
      ::shutdown(socket(to).fd.get(), SHUT_WR);
      fsm_.on_end_delivered(to);
      return false;
    case Flow::End::reset:
      close_with_reset(socket(to).fd);
      socket(to) = Socket{};
      dialling_ = dialling_ && to != Side::server;
      fsm_.on_end_delivered(to);
      return true;
  }
  return false;
}

bool Relay::settle(Nanos now) {
  for (bool more = true; more;) {
    more = false;
    fsm_.advance(now);
    if (fsm_.wants_reset()) {
      reset();
      return false;
    }
    for (const Side side : {Side::client, Side::server}) more = flush(side, now) || more;
    if (fsm_.finished()) return false;
    if (fsm_.wants_dial()) {
      start_dial();
      more = true;
    }
  }
  if (watch(Side::client) && watch(Side::server)) return true;
  reset();
  return false;
}

void Relay::reset() {
  for (Socket& each : sockets_) close_with_reset(each.fd);
}

bool Relay::watch(Side side) {
  Socket& own = socket(side);
  if (!own.fd) return true;
  std::uint32_t wanted = 0;
  if (side == Side::server && dialling_) {
    wanted = EPOLLOUT;
  } else {
    if (fsm_.room(side) > 0) wanted |= EPOLLIN;
    if (!fsm_.output(side).empty()) wanted |= EPOLLOUT;
  }
  if (own.hung_up && wanted == 0) {
    if (own.registered) ::epoll_ctl(poller_.epoll, EPOLL_CTL_DEL, own.fd.get(), nullptr);
    own.registered = false;
    return true;
  }
  if (own.registered && wanted == own.interest) return true;
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = poller_.tag | static_cast<std::uint64_t>(side);
  const int operation = own.registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (::epoll_ctl(poller_.epoll, operation, own.fd.get(), &event) != 0) return false;
  own.registered = true;
  own.interest = wanted;
  return true;
}

}  // namespace stormproof
