#include "faults/link/proxy.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "harness/base/text.h"

namespace stormproof {
namespace {

constexpr int kEventsPerStep = 256;
constexpr int kAcceptsPerEvent = 64;
/// How long clients wait in the listener's queue when the process has no descriptor left.
constexpr Nanos kAcceptPause = std::chrono::milliseconds(10);

/// The most by which a sleep is cut short because waking takes time.
constexpr Nanos kMostLead = std::chrono::microseconds(100);

/// epoll tags: the lowest two bits say what the rest is the key of.
enum Tag : std::uint64_t { kClient = 0, kServer = 1, kDoor = 2, kWake = 3 };
/// Not the key of a connection.
constexpr std::uint64_t kAcceptAgain = 0;

Error no_such_link(const std::string& name, const std::vector<std::string>& known) {
  return internal_error(fmt::format("there is no link '{}'; open are: {}", name, join(known, ", ")));
}

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

Proxy::Proxy(const Clock& clock, Fd epoll) : clock_(clock), epoll_(std::move(epoll)) { workshop_.epoll = epoll_.get(); }

Proxy::~Proxy() {
  while (!links_.empty()) (void)close(links_.begin()->first);
}

Proxy::Link* Proxy::find(const std::string& name) const {
  const auto found = links_.find(name);
  return found == links_.end() ? nullptr : found->second.get();
}

// --- opening and closing ---------------------------------------------------------------------------------------------

Result<std::string> Proxy::open(Opening opening) {
  if (find(opening.name) != nullptr) return internal_error(fmt::format("link '{}' is open already", opening.name));
  auto made = std::make_unique<Link>();
  Link& link = *made;
  link.name = opening.name;
  link.upstream = opening.upstream;
  link.upstream_text = std::move(opening.upstream_text);
  link.enabled = opening.enabled;
  Door& door = add_door(link, opening.listen, "");
  if (Status opened = open_doors(link); !opened) {
    close_doors(link, true);
    doors_.erase(door.key);
    return opened.error();
  }
  links_.emplace(link.name, std::move(made));
  return door.wanted.text();
}

Proxy::Door& Proxy::add_door(Link& link, const Address& wanted, const std::string& from) {
  Door& door = *link.doors.emplace_back(std::make_unique<Door>());
  door.wanted = wanted;
  door.from = from;
  door.key = doors_.insert({&link, &door});
  return door;
}

Status Proxy::open_doors(Link& link) {
  if (!link.enabled) return {};
  for (const auto& door : link.doors) {
    if (!door->port.holder && !door->wanted.is_unix()) {
      Result<ReservedPort> port = reserve_port(door->wanted);
      if (!port) return port.error();
      door->wanted = port->address;  // a port that was drawn stays the link's
      door->port = std::move(*port);
    } else {
      door->port.address = door->wanted;
    }
    if (link.down > 0 || door->listener) continue;
    Result<Fd> listener = listen_on(door->port);
    if (!listener) return listener.error();
    door->listener = std::move(*listener);
    if (!watch(*door, EPOLLIN, EPOLL_CTL_ADD)) {
      return environment_error(
          fmt::format("cannot watch the listener of link '{}': {}", link.name, std::strerror(errno)));
    }
  }
  return {};
}

void Proxy::close_doors(Link& link, bool ports) {
  for (const auto& door : link.doors) {
    if (door->listener && !door->wanted.path().empty()) ::unlink(door->wanted.path().c_str());
    door->listener.reset();
    if (ports) door->port = {};
  }
}

bool Proxy::watch(const Door& door, std::uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = door.key << 2U | kDoor;
  return ::epoll_ctl(epoll_.get(), operation, door.listener.get(), &event) == 0;
}

Status Proxy::close(const std::string& name) {
  Link* link = find(name);
  if (link == nullptr) return no_such_link(name, links());
  close_doors(*link, true);
  end_all(*link, true, clock_.now());
  for (const auto& door : link->doors) doors_.erase(door->key);
  links_.erase(name);
  return {};
}

Result<std::string> Proxy::start(const std::string& name) {
  Link* link = find(name);
  if (link == nullptr) return no_such_link(name, links());
  link->enabled = true;
  if (Status opened = open_doors(*link); !opened) {
    link->enabled = false;
    close_doors(*link, true);
    return opened.error();
  }
  return link->doors.front()->wanted.text();
}

Status Proxy::stop(const std::string& name) {
  Link* link = find(name);
  if (link == nullptr) return no_such_link(name, links());
  link->enabled = false;
  close_doors(*link, true);
  end_all(*link, false, clock_.now());
  return {};
}

Result<std::string> Proxy::entrance(const std::string& name, const std::string& from) {
  Link* link = find(name);
  if (link == nullptr) return no_such_link(name, links());
  const Door& door = add_door(*link, Address::loopback_like(link->doors.front()->wanted.text()), from);
  if (Status opened = open_doors(*link); !opened) {
    doors_.erase(door.key);
    link->doors.pop_back();
    return opened.error();
  }
  return door.wanted.text();
}

Status Proxy::set_down(const std::string& name, bool down) {
  Link* link = find(name);
  if (link == nullptr) return no_such_link(name, links());
  if (!down) {
    if (link->down == 0 || --link->down > 0) return {};
    return open_doors(*link);
  }
  if (++link->down > 1) return {};
  close_doors(*link, false);
  link->stats.closed_by_down += link->stats.open;
  end_all(*link, true, clock_.now());
  return {};
}

// --- faults ----------------------------------------------------------------------------------------------------------

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
  for (const std::uint64_t key : keys_of(*link)) {
    LinkFsm& fsm = connections_.find(key)->relay->fsm();
    fsm.on_armed(now);
    tell_exposure(*link, fsm, link->chain.size() - 1, now);
  }
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
    for (const std::uint64_t key : keys_of(*link)) {
      LinkFsm& fsm = connections_.find(key)->relay->fsm();
      const bool struck = !fsm.spared(index);
      fsm.on_disarmed(index, struck && fault->on_disarm(fsm.connection()), now);
      if (struck) fault->on_close(fsm.connection());
    }
  }
  settle_all(*link, now);
  return {};
}

Status Proxy::replace(const std::string& name, const std::shared_ptr<LinkFault>& from,
                      const std::shared_ptr<LinkFault>& to) {
  Link* link = find(name);
  if (link == nullptr) return no_such_link(name, links());
  bool found = false;
  for (std::size_t index = 0; index < link->chain.size(); ++index) {
    FaultChain::Armed& armed = link->chain.armed[index];
    if (armed.fault != from) continue;
    if (!std::exchange(found, true)) to->adopt(*from);
    armed.fault = to;
    for (const std::uint64_t key : keys_of(*link)) connections_.find(key)->relay->fsm().on_replaced(index);
  }
  if (!found) return internal_error(fmt::format("the fault to replace is not armed on link '{}'", name));
  settle_all(*link, clock_.now());
  return {};
}

LinkStats Proxy::stats(const std::string& name) const {
  const Link* link = find(name);
  if (link == nullptr) return {};
  LinkStats stats = link->stats;
  stats.listen = link->doors.front()->wanted.text();
  stats.enabled = link->enabled;
  return stats;
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

void Proxy::tell(LinkEvent::What what, const Link& link, const LinkFsm& fsm, Nanos now, const LinkFault* fault) {
  if (!observer_) return;
  observer_({.what = what,
             .t = now,
             .link = link.name,
             .from = fsm.from(),
             .connection = fsm.connection(),
             .fault = fault,
             .upstream_bytes = fsm.forwarded(Side::client),
             .downstream_bytes = fsm.forwarded(Side::server)});
}

void Proxy::tell_exposure(const Link& link, const LinkFsm& fsm, std::size_t index, Nanos now) {
  tell(fsm.spared(index) ? LinkEvent::What::spared : LinkEvent::What::struck, link, fsm, now,
       link.chain.armed[index].fault.get());
}

// --- connections -----------------------------------------------------------------------------------------------------

std::vector<std::uint64_t> Proxy::keys_of(const Link& link) {
  std::vector<std::uint64_t> keys =
      connections_.keys([&link](const Connection& connection) { return connection.link == &link; });
  // In the order of their coming, so that faults see the same order in each run.
  std::sort(keys.begin(), keys.end(), [this](std::uint64_t left, std::uint64_t right) {
    return connections_.find(left)->relay->fsm().connection() < connections_.find(right)->relay->fsm().connection();
  });
  return keys;
}

void Proxy::settle_all(const Link& link, Nanos now) {
  for (const std::uint64_t key : keys_of(link)) after(key, connections_.find(key)->relay->settle(now), now);
}

void Proxy::end_all(Link& link, bool reset, Nanos now) {
  for (const std::uint64_t key : keys_of(link)) {
    if (reset) connections_.find(key)->relay->reset();
    remove(key, now);
  }
}

void Proxy::accept_all(Link& link, Door& door, Nanos now) {
  for (int i = 0; i < kAcceptsPerEvent && door.listener; ++i) {
    Fd client(::accept4(door.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client) {
      admit(link, door, std::move(client), now);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      // Out of descriptors or memory: the clients wait in the listener's queue.
      watch(door, 0, EPOLL_CTL_MOD);
      timers_.add(now + kAcceptPause, kAcceptAgain);
    }
    return;
  }
}

void Proxy::admit(Link& link, const Door& door, Fd client, Nanos now) {
  if (!door.wanted.is_unix()) set_no_delay(client.get());
  ++link.stats.connections;
  ++link.stats.open;
  const std::uint64_t key = connections_.insert({&link, nullptr});
  auto relay = std::make_unique<Relay>(link.chain, link.stats.connections, door.from, std::move(client), link.upstream,
                                       workshop_, key << 2U, link.stats, now);
  Relay& admitted = *relay;
  connections_.find(key)->relay = std::move(relay);
  tell(LinkEvent::What::opened, link, admitted.fsm(), now);
  for (std::size_t i = 0; i < link.chain.size(); ++i) tell_exposure(link, admitted.fsm(), i, now);
  after(key, admitted.settle(now), now);
  check_notices(link);
}

void Proxy::remove(std::uint64_t key, Nanos now) {
  const Connection& connection = *connections_.find(key);
  Link& link = *connection.link;
  const LinkFsm& fsm = connection.relay->fsm();
  for (std::size_t i = 0; i < link.chain.size(); ++i) {
    if (!fsm.spared(i)) link.chain.armed[i].fault->on_close(fsm.connection());
  }
  tell(connection.relay->was_reset() ? LinkEvent::What::reset : LinkEvent::What::closed, link, fsm, now);
  --link.stats.open;
  connections_.erase(key);
  if (connections_.empty()) workshop_.buffers.on_idle();
}

void Proxy::after(std::uint64_t key, Relay::State state, Nanos now) {
  if (state == Relay::State::over) {
    remove(key, now);
    return;
  }
  if (state == Relay::State::busy) busy_.push_back(key);
  Relay& relay = *connections_.find(key)->relay;
  if (relay.take_question()) lookup_(connections_.find(key)->link->upstream_text, key);
  const Nanos due = relay.fsm().next_due();
  if (due == Nanos::max() || relay.timer <= due) return;
  relay.timer = due;
  timers_.add(due, key);
}

void Proxy::on_resolved(std::uint64_t key, std::vector<Address> addresses) {
  const Connection* connection = connections_.find(key);
  if (connection == nullptr) return;
  const Nanos now = clock_.now();
  after(key, connection->relay->on_resolved(std::move(addresses), now), now);
}

// --- the loop --------------------------------------------------------------------------------------------------------

void Proxy::run_timers(Nanos now) {
  while (timers_.next() <= now) {
    const TimerQueue::Entry timer = timers_.take();
    if (timer.key == kAcceptAgain) {
      for (const auto& [name, link] : links_) {
        for (const auto& door : link->doors) {
          if (door->listener) watch(*door, EPOLLIN, EPOLL_CTL_MOD);
        }
      }
      continue;
    }
    const Connection* found = connections_.find(timer.key);
    if (found == nullptr || found->relay->timer != timer.due) continue;
    Link& link = *found->link;
    found->relay->timer = Nanos::max();
    after(timer.key, found->relay->settle(now), now);
    check_notices(link);
  }
}

void Proxy::run_busy(Nanos now) {
  std::vector<std::uint64_t> busy;
  busy.swap(busy_);
  for (const std::uint64_t key : busy) {
    const Connection* found = connections_.find(key);
    if (found == nullptr) continue;
    Link& link = *found->link;
    after(key, found->relay->settle(now), now);
    check_notices(link);
  }
}

Nanos Proxy::wait_time(Nanos now) const {
  if (!reached_.empty() || !busy_.empty()) return Nanos{};
  const Nanos next = timers_.next();
  return next == Nanos::max() ? next : std::max(Nanos{}, next - now - lead_);
}

void Proxy::learn_lead(Nanos late) { lead_ = std::min(kMostLead, (7 * lead_ + std::min(late, 2 * kMostLead)) / 8); }

void Proxy::handle(std::uint64_t tag, std::uint32_t events, Nanos now) {
  const std::uint64_t key = tag >> 2U;
  if ((tag & 3U) == kDoor) {
    // An earlier event of the same batch may have closed it.
    if (const DoorOf* door = doors_.find(key)) accept_all(*door->link, *door->door, now);
    return;
  }
  const Connection* found = connections_.find(key);
  if (found == nullptr) return;
  Link& link = *found->link;
  const Side side = (tag & 3U) == kClient ? Side::client : Side::server;
  after(key, found->relay->on_events(side, events, now), now);
  check_notices(link);
}

bool Proxy::step() {
  std::array<epoll_event, kEventsPerStep> events;
  const Nanos before = clock_.now();
  const Nanos wait = wait_time(before);
  timespec timeout{};
  timeout.tv_sec = wait.count() / 1'000'000'000;
  timeout.tv_nsec = wait.count() % 1'000'000'000;
  const int count =
      ::epoll_pwait2(epoll_.get(), events.data(), kEventsPerStep, wait == Nanos::max() ? nullptr : &timeout, nullptr);
  const Nanos now = clock_.now();
  if (count == 0 && wait > Nanos{}) learn_lead(now - before - wait);
  bool woken = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kWake) {
      woken = true;
    } else {
      handle(event.data.u64, event.events, now);
    }
  }
  run_busy(now);
  run_timers(clock_.now());
  std::vector<std::function<void()>> reached;
  reached.swap(reached_);
  for (const auto& call : reached) call();
  return woken;
}

}  // namespace stormproof
