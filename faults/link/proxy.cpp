#include "faults/link/proxy.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "harness/base/text.h"

namespace stormproof {
namespace {

constexpr std::size_t kScratch = std::size_t{64} * 1024;
constexpr int kEventsPerStep = 256;
constexpr int kAcceptsPerEvent = 64;
/// How long clients wait in the listener's queue when the process has no descriptor left.
constexpr Nanos kAcceptPause = std::chrono::milliseconds(10);

/// epoll tags: the lowest two bits say what the rest counts.
enum Tag : std::uint64_t { kClient = 0, kServer = 1, kListener = 2, kWake = 3 };
constexpr std::uint64_t kAcceptAgain = 0;

}  // namespace

Result<std::unique_ptr<Proxy>> Proxy::make(const Clock& clock, int wake) {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWake;
  if (!epoll || ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake, &event) != 0) {
    return environment_error(fmt::format("cannot set up epoll for the links: {}", std::strerror(errno)),
                             "raise the limit on open files (ulimit -n)");
  }
  return std::unique_ptr<Proxy>(new Proxy(clock, std::move(epoll)));
}

Proxy::Proxy(const Clock& clock, Fd epoll) : clock_(clock), epoll_(std::move(epoll)), scratch_(kScratch) {}

Proxy::~Proxy() {
  for (auto& [key, connection] : connections_) connection.relay->reset();
}

Proxy::Link* Proxy::find(const std::string& name) const {
  const auto found = links_.find(name);
  return found == links_.end() ? nullptr : found->second.get();
}

namespace {
Error no_such_link(const std::string& name, const std::vector<std::string>& known) {
  return internal_error(fmt::format("there is no link '{}'; open are: {}", name, join(known, ", ")));
}
}  // namespace

Result<std::string> Proxy::open(const std::string& name, const std::string& upstream) {
  if (find(name) != nullptr) return internal_error(fmt::format("link '{}' is open already", name));
  Result<LoopbackAddress> to = LoopbackAddress::parse(upstream);
  if (!to) return to.error();
  Result<ReservedPort> port = reserve_port(*to);
  if (!port) return port.error();
  auto link = std::make_unique<Link>();
  link->name = name;
  link->upstream = *to;
  link->port = std::move(*port);
  link->number = links_.size();
  if (Status listening = listen(*link); !listening) return listening.error();
  std::string address = link->port.address.text();
  links_.emplace(name, std::move(link));
  return address;
}

Status Proxy::listen(Link& link) {
  Result<Fd> listener = listen_on(link.port);
  if (!listener) return listener.error();
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = link.number << 2U | kListener;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener->get(), &event) != 0) {
    return environment_error(fmt::format("cannot watch the listener of link '{}': {}", link.name, strerror(errno)));
  }
  link.listener = std::move(*listener);
  return {};
}

std::vector<std::string> Proxy::links() const {
  std::vector<std::string> names;
  for (const auto& [name, link] : links_) names.push_back(name);
  return names;
}

Status Proxy::arm(const std::string& name, Direction direction, std::shared_ptr<LinkFault> fault) {
  Link* link = find(name);
  if (link == nullptr) return no_such_link(name, links());
  link->chain.armed.push_back({std::move(fault), direction});
  const Nanos now = clock_.now();
  for (const std::uint64_t key : connections_of(*link)) connections_.at(key).relay->fsm().on_armed(now);
  settle_all(*link, now);
  return {};
}

Status Proxy::disarm(const std::string& name, const std::shared_ptr<LinkFault>& fault) {
  Link* link = find(name);
  if (link == nullptr) return no_such_link(name, links());
  auto& armed = link->chain.armed;
  const Nanos now = clock_.now();
  for (std::size_t index = 0; index < armed.size();) {
    if (armed[index].fault != fault) {
      ++index;
      continue;
    }
    armed.erase(armed.begin() + static_cast<std::ptrdiff_t>(index));
    for (const std::uint64_t key : connections_of(*link)) {
      LinkFsm& fsm = connections_.at(key).relay->fsm();
      fsm.on_disarmed(index, fault->on_disarm(fsm.connection()), now);
      fault->on_close(fsm.connection());
    }
  }
  settle_all(*link, now);
  return {};
}

Status Proxy::set_down(const std::string& name, bool down) {
  Link* link = find(name);
  if (link == nullptr) return no_such_link(name, links());
  if (!down) {
    if (link->down == 0 || --link->down > 0) return {};
    return listen(*link);
  }
  if (++link->down > 1) return {};
  link->listener.reset();
  for (const std::uint64_t key : connections_of(*link)) {
    connections_.at(key).relay->reset();
    remove(key);
    ++link->stats.closed_by_down;
  }
  return {};
}

LinkStats Proxy::stats(const std::string& name) const {
  const Link* link = find(name);
  return link == nullptr ? LinkStats{} : link->stats;
}

void Proxy::notify_at(const std::string& name, LinkHost::Counter what, std::uint64_t count,
                      std::function<void()> reached) {
  Link* link = find(name);
  if (link == nullptr) return;
  link->notices.push_back({what, count, std::move(reached)});
  check_notices(*link);
}

void Proxy::check_notices(Link& link) {
  if (link.notices.empty()) return;
  const auto seen = [&](const Notice& notice) {
    return notice.what == LinkHost::Counter::connections ? link.stats.connections
                                                         : link.stats.upstream_bytes + link.stats.downstream_bytes;
  };
  std::erase_if(link.notices, [&](Notice& notice) {
    if (seen(notice) < notice.count) return false;
    reached_.push_back(std::move(notice.reached));
    return true;
  });
}

std::vector<std::uint64_t> Proxy::connections_of(const Link& link) const {
  std::vector<std::uint64_t> keys;
  for (const auto& [key, connection] : connections_) {
    if (connection.link == &link) keys.push_back(key);
  }
  // In the order of their coming, so that faults see the same order in each run.
  std::sort(keys.begin(), keys.end());
  return keys;
}

void Proxy::settle_all(const Link& link, Nanos now) {
  for (const std::uint64_t key : connections_of(link)) after(key, connections_.at(key).relay->settle(now));
}

void Proxy::accept_all(Link& link, Nanos now) {
  for (int i = 0; i < kAcceptsPerEvent && link.listener; ++i) {
    Fd client(::accept4(link.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client) {
      admit(link, std::move(client), now);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      // Out of descriptors or memory: the clients wait in the listener's queue.
      epoll_event event{};
      event.data.u64 = link.number << 2U | kListener;
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, link.listener.get(), &event);
      accept_later(now);
    }
    return;
  }
}

void Proxy::accept_later(Nanos now) { timers_.push({now + kAcceptPause, kAcceptAgain}); }

void Proxy::admit(Link& link, Fd client, Nanos now) {
  set_no_delay(client.get());
  const std::uint64_t key = next_key_++;
  ++link.stats.connections;
  ++link.stats.open;
  auto relay = std::make_unique<Relay>(link.chain, link.stats.connections, std::move(client), link.upstream,
                                       Relay::Poller{epoll_.get(), key << 2U}, link.stats, now);
  connections_.emplace(key, Connection{&link, std::move(relay)});
  after(key, connections_.at(key).relay->settle(now));
  check_notices(link);
}

void Proxy::remove(std::uint64_t key) {
  const auto found = connections_.find(key);
  Link& link = *found->second.link;
  for (const FaultChain::Armed& armed : link.chain.armed) {
    armed.fault->on_close(found->second.relay->fsm().connection());
  }
  --link.stats.open;
  connections_.erase(found);
}

void Proxy::after(std::uint64_t key, bool alive) {
  if (!alive) {
    remove(key);
    return;
  }
  Relay& relay = *connections_.at(key).relay;
  const Nanos due = relay.fsm().next_due();
  if (due == Nanos::max() || relay.timer <= due) return;
  relay.timer = due;
  timers_.push({due, key});
}

void Proxy::run_timers(Nanos now) {
  while (!timers_.empty() && timers_.top().due <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    if (timer.connection == kAcceptAgain) {
      for (auto& [name, link] : links_) {
        if (!link->listener) continue;
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = link->number << 2U | kListener;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, link->listener.get(), &event);
      }
      continue;
    }
    const auto found = connections_.find(timer.connection);
    if (found == connections_.end() || found->second.relay->timer != timer.due) continue;
    Link& link = *found->second.link;
    found->second.relay->timer = Nanos::max();
    after(timer.connection, found->second.relay->settle(now));
    check_notices(link);
  }
}

Nanos Proxy::wait_time(Nanos now) const {
  if (!reached_.empty()) return Nanos{};
  if (timers_.empty()) return Nanos::max();
  return std::max(Nanos{}, timers_.top().due - now);
}

void Proxy::handle(std::uint64_t tag, std::uint32_t events, Nanos now) {
  const std::uint64_t number = tag >> 2U;
  if ((tag & 3U) == kListener) {
    for (auto& [name, link] : links_) {
      if (link->number == number) accept_all(*link, now);
    }
    return;
  }
  // An earlier event of the same batch may have ended it.
  const auto found = connections_.find(number);
  if (found == connections_.end()) return;
  Link& link = *found->second.link;
  const Side side = (tag & 3U) == kClient ? Side::client : Side::server;
  after(number, found->second.relay->on_events(side, events, scratch_, now));
  check_notices(link);
}

bool Proxy::step() {
  std::array<epoll_event, kEventsPerStep> events;
  const Nanos wait = wait_time(clock_.now());
  timespec timeout{};
  timeout.tv_sec = wait.count() / 1'000'000'000;
  timeout.tv_nsec = wait.count() % 1'000'000'000;
  const int count =
      ::epoll_pwait2(epoll_.get(), events.data(), kEventsPerStep, wait == Nanos::max() ? nullptr : &timeout, nullptr);
  const Nanos now = clock_.now();
  bool woken = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kWake) {
      woken = true;
    } else {
      handle(event.data.u64, event.events, now);
    }
  }
  run_timers(clock_.now());
  std::vector<std::function<void()>> reached;
  reached.swap(reached_);
  for (const auto& call : reached) call();
  return woken;
}

}  // namespace stormproof
