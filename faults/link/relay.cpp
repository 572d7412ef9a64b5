#include "faults/link/relay.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace stormproof {
namespace {

/// Reads of one connection before the others get their turn.
constexpr int kReadsPerTurn = 8;
/// A buffer at least this full is kept itself instead of a copy of what is in it.
constexpr std::size_t kWorthKeeping = BufferPool::kSize / 2;
/// So many large reads in a row make a direction splice; so many small pieces in a row make it copy again.
constexpr std::size_t kLargeRead = std::size_t{64} * 1024;
constexpr std::uint8_t kLargeReadsToSplice = 2;
constexpr std::uint8_t kSmallSplicesToCopy = 4;
constexpr std::size_t kSmallSplice = std::size_t{16} * 1024;
constexpr std::size_t kMaxSplice = std::size_t{1024} * 1024;

bool would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

}  // namespace

Relay::Relay(const FaultChain& chain, std::uint64_t connection, std::string_view from, Fd client,
             const std::vector<Address>& upstream, Workshop& workshop, std::uint64_t tag, LinkStats& stats, Nanos now)
    : fsm_(chain, connection, now, from, &stats),
      upstream_(&upstream),
      workshop_(&workshop),
      tag_(tag),
      stats_(&stats) {
  socket(Side::client).fd = std::move(client);
  unwatchable_ = !watch(Side::client, EPOLLIN | EPOLLRDHUP, EPOLL_CTL_ADD);
}

Relay::State Relay::on_events(Side side, std::uint32_t events, Nanos now) {
  Socket& own = socket(side);
  if (side == Side::server && dialling_) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) on_dial_over();
    return settle(now);
  }
  if ((events & EPOLLOUT) != 0) own.blocked = false;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) own.readable = true;
  if ((events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) own.ending = true;
  if ((events & EPOLLERR) != 0) own.broken = true;
  return settle(now);
}

Relay::State Relay::settle(Nanos now) {
  int reads = kReadsPerTurn;
  for (bool more = true; more;) {
    more = false;
    fsm_.advance(now);
    for (const Side side : {Side::client, Side::server}) more = flush(side, now) || more;
    if (fsm_.wants_reset() || unwatchable_) {
      reset();
      return State::over;
    }
    if (fsm_.finished()) return State::over;
    if (fsm_.wants_dial()) {
      start_dial();
      more = true;
    }
    for (const Side side : {Side::client, Side::server}) {
      if (!socket(side).readable) continue;
      if (reads == 0) return State::busy;
      if (read_from(side, now)) {
        more = true;
        --reads;
      }
    }
  }
  return State::waiting;
}

bool Relay::read_from(Side side, Nanos now) {
  Socket& own = socket(side);
  if (fsm_.room(side) == 0) {
    // Without room for what it sent before its end, a source that broke is still one that broke.
    if (!own.broken) return false;
    own.readable = false;
    fsm_.on_broken(side, now);
    return true;
  }
  return own.splices && fsm_.transparent(side) ? splice_from(side, now) : copy_from(side, now);
}

bool Relay::copy_from(Side side, Nanos now) {
  Socket& own = socket(side);
  const std::shared_ptr<std::byte[]>& buffer = workshop_->buffers.take();
  const std::size_t wanted = std::min(fsm_.room(side), BufferPool::kSize);
  const ssize_t got = ::recv(own.fd.get(), buffer.get(), wanted, 0);
  if (got <= 0) return on_read_ended(side, got, now);
  const auto size = static_cast<std::size_t>(got);
  count_received(side, size);
  // Less than asked for: that was all, and epoll tells of more.
  if (size < wanted && !own.ending) own.readable = false;
  choose_way(side, size);
  if (!fsm_.transparent(side) && size >= kWorthKeeping) {
    fsm_.on_bytes(side, buffer, size, now);
    return true;
  }
  std::span<const std::byte> bytes(buffer.get(), size);
  if (fsm_.transparent(side)) bytes = bytes.subspan(write_through(opposite(side), bytes, now));
  fsm_.on_bytes(side, bytes, now);
  return true;
}

void Relay::choose_way(Side side, std::size_t got) {
  Socket& own = socket(side);
  own.large_reads = got >= kLargeRead ? own.large_reads + 1 : 0;
  if (own.large_reads < kLargeReadsToSplice) return;
  own.large_reads = 0;
  own.small_splices = 0;
  own.splices = true;
}

bool Relay::splice_from(Side side, Nanos now) {
  Socket& own = socket(side);
  own.pipe = workshop_->pipes.take();
  if (!own.pipe) {
    own.splices = false;
    return copy_from(side, now);
  }
  const ssize_t got =
      ::splice(own.fd.get(), nullptr, own.pipe.write_end.get(), nullptr, kMaxSplice, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (got <= 0) {
    const int code = errno;
    workshop_->pipes.give(std::move(own.pipe));
    if (got < 0 && code == EINVAL) {
      own.splices = false;
      return copy_from(side, now);
    }
    errno = code;
    return on_read_ended(side, got, now);
  }
  const auto size = static_cast<std::size_t>(got);
  count_received(side, size);
  fsm_.on_piped(side, size);
  own.small_splices = size < kSmallSplice ? own.small_splices + 1 : 0;
  if (own.small_splices == kSmallSplicesToCopy) own.splices = false;
  drain_pipe(opposite(side), now);
  return true;
}

bool Relay::on_read_ended(Side side, ssize_t got, Nanos now) {
  Socket& own = socket(side);
  if (got < 0 && errno == EINTR) return true;
  own.readable = false;
  if (got < 0 && would_block(errno)) {
    // What epoll said of an end was of an end that has been read.
    own.ending = false;
    return false;
  }
  if (got == 0) {
    fsm_.on_fin(side, now);
  } else {
    fsm_.on_broken(side, now);
  }
  return true;
}

std::size_t Relay::write_through(Side to, std::span<const std::byte> bytes, Nanos now) {
  if (socket(to).blocked) return 0;
  const ssize_t sent = ::send(socket(to).fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EINTR) on_write_failed(to, now);
    return 0;
  }
  fsm_.pass(opposite(to), static_cast<std::size_t>(sent));
  count_sent(to, static_cast<std::size_t>(sent));
  return static_cast<std::size_t>(sent);
}

bool Relay::drain_pipe(Side to, Nanos now) {
  Socket& source = socket(opposite(to));
  Socket& sink = socket(to);
  while (fsm_.piped(opposite(to)) > 0) {
    if (sink.blocked) return false;
    const ssize_t sent = ::splice(source.pipe.read_end.get(), nullptr, sink.fd.get(), nullptr, fsm_.piped(opposite(to)),
                                  SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      on_write_failed(to, now);
      if (!sink.blocked) source.pipe = {};
      return false;
    }
    fsm_.on_unpiped(opposite(to), static_cast<std::size_t>(sent));
    count_sent(to, static_cast<std::size_t>(sent));
  }
  // With bytes of a sink that is gone in it, a pipe is not given back.
  if (source.pipe) workshop_->pipes.give(std::exchange(source.pipe, {}));
  return true;
}

void Relay::on_write_failed(Side to, Nanos now) {
  Socket& own = socket(to);
  if (!would_block(errno)) {
    fsm_.on_broken(to, now);
    own.readable = false;
    return;
  }
  own.blocked = true;
  if (own.watches_space) return;
  own.watches_space = true;
  if (!watch(to, EPOLLIN | EPOLLRDHUP | EPOLLOUT, EPOLL_CTL_MOD)) unwatchable_ = true;
}

void Relay::count_received(Side from, std::size_t bytes) {
  (from == Side::client ? stats_->upstream_received : stats_->downstream_received) += bytes;
}

void Relay::count_sent(Side to, std::size_t bytes) {
  (to == Side::server ? stats_->upstream_bytes : stats_->downstream_bytes) += bytes;
}

void Relay::start_dial() {
  fsm_.on_dial_started();
  if (upstream_->empty()) {
    asks_address_ = true;
  } else {
    dial_next();
  }
}

Relay::State Relay::on_resolved(std::vector<Address> addresses, Nanos now) {
  resolved_ = std::move(addresses);
  dial_next();
  return settle(now);
}

void Relay::dial_next() {
  const std::vector<Address>& addresses = upstream_->empty() ? resolved_ : *upstream_;
  dialling_ = false;
  while (dials_ < addresses.size()) {
    Result<Dialled> dialled = dial(addresses[dials_++]);
    if (!dialled) continue;
    socket(Side::server).fd = std::move(dialled->fd);
    dialling_ = true;
    socket(Side::server).watches_space = !dialled->over;
    const std::uint32_t space = dialled->over ? 0U : std::uint32_t{EPOLLOUT};
    if (!watch(Side::server, EPOLLIN | EPOLLRDHUP | space, EPOLL_CTL_ADD)) unwatchable_ = true;
    if (dialled->over) on_dial_over();
    return;
  }
  fsm_.on_dial_failed();
}

void Relay::on_dial_over() {
  if (!is_connected(socket(Side::server).fd.get())) {
    dial_next();
    return;
  }
  dialling_ = false;
  resolved_ = {};
  fsm_.on_dialled();
  // Whatever came with the same event as the connection is not reported again.
  socket(Side::server).readable = true;
}

bool Relay::flush(Side to, Nanos now) {
  // As in TCP itself, a reset does not wait for a sink that does not read.
  if (fsm_.end_due(to) == Flow::End::reset) return deliver_end(to);
  const bool piped = fsm_.piped(opposite(to)) > 0;
  if (piped && !drain_pipe(to, now)) return fsm_.piped(opposite(to)) == 0;
  Socket& own = socket(to);
  for (auto bytes = fsm_.output(to); !bytes.empty() && !own.blocked; bytes = fsm_.output(to)) {
    const ssize_t sent = ::send(own.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      on_write_failed(to, now);
      return !own.blocked;
    }
    fsm_.on_written(to, static_cast<std::size_t>(sent));
    count_sent(to, static_cast<std::size_t>(sent));
  }
  return deliver_end(to) || piped;
}

bool Relay::deliver_end(Side to) {
  switch (fsm_.end_due(to)) {
    case Flow::End::none: return false;
    case Flow::End::fin:
      // Where the other direction is over as well, closing says the same.
      if (!fsm_.over(to)) ::shutdown(socket(to).fd.get(), SHUT_WR);
      fsm_.on_end_delivered(to);
      return false;
    case Flow::End::reset:
      close_with_reset(socket(to).fd);
      socket(to) = Socket{};
      socket(opposite(to)).pipe = {};
      dialling_ = dialling_ && to != Side::server;
      was_reset_ = true;
      fsm_.on_end_delivered(to);
      return true;
  }
  return false;
}

void Relay::reset() {
  was_reset_ = true;
  for (Socket& each : sockets_) close_with_reset(each.fd);
}

bool Relay::watch(Side side, std::uint32_t events, int operation) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.u64 = tag_ | static_cast<std::uint64_t>(side);
  return ::epoll_ctl(workshop_->epoll, operation, socket(side).fd.get(), &event) == 0;
}

}  // namespace stormproof
