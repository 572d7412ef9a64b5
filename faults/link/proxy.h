/// The engine behind the links: one epoll loop that accepts, relays and keeps the timers of what faults hold. All of it
/// runs on one thread, which LinkHost provides; nothing here locks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "faults/link/fault_chain.h"
#include "faults/link/relay.h"
#include "faults/link/socket.h"
#include "harness/base/clock.h"

namespace stormproof {

class Proxy {
 public:
  /// `clock` is the run's, outlives the proxy and keeps real time. `wake` is watched beside the sockets.
  static Result<std::unique_ptr<Proxy>> make(const Clock& clock, int wake);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  /// See LinkHost and LinkControl for the meaning of these.
  Result<std::string> open(const std::string& name, const std::string& upstream);
  std::vector<std::string> links() const;
  Status arm(const std::string& link, Direction direction, std::shared_ptr<LinkFault> fault);
  Status disarm(const std::string& link, const std::shared_ptr<LinkFault>& fault);
  Status set_down(const std::string& link, bool down);
  LinkStats stats(const std::string& link) const;
  void notify_at(const std::string& link, LinkHost::Counter what, std::uint64_t count, std::function<void()> reached);

  /// Waits for the next event or timer and handles what is there. True: `wake` was readable.
  bool step();

 private:
  struct Notice {
    LinkHost::Counter what = LinkHost::Counter::bytes;
    std::uint64_t count = 0;
    std::function<void()> reached;
  };
  struct Link {
    std::string name;
    LoopbackAddress upstream;
    ReservedPort port;
    Fd listener;
    FaultChain chain;
    LinkStats stats;
    std::vector<Notice> notices;
    int down = 0;  ///< how many wanted it down
    std::uint64_t number = 0;
  };
  struct Connection {
    Link* link = nullptr;
    std::unique_ptr<Relay> relay;
  };
  struct Timer {
    Nanos due{};
    std::uint64_t connection = 0;  ///< key in connections_, or kAcceptAgain
    bool operator>(const Timer& other) const { return due > other.due; }
  };

  Proxy(const Clock& clock, Fd epoll);

  Link* find(const std::string& name) const;
  Status listen(Link& link);
  void accept_all(Link& link, Nanos now);
  void accept_later(Nanos now);
  void admit(Link& link, Fd client, Nanos now);
  void handle(std::uint64_t tag, std::uint32_t events, Nanos now);
  /// Books the relay's next timer, or removes it when it is over.
  void after(std::uint64_t key, bool alive);
  void remove(std::uint64_t key);
  std::vector<std::uint64_t> connections_of(const Link& link) const;
  void settle_all(const Link& link, Nanos now);
  void run_timers(Nanos now);
  void check_notices(Link& link);
  Nanos wait_time(Nanos now) const;

  const Clock& clock_;
  Fd epoll_;
  std::map<std::string, std::unique_ptr<Link>> links_;
  std::unordered_map<std::uint64_t, Connection> connections_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::vector<std::function<void()>> reached_;  ///< to be called once the tables are at rest
  std::vector<std::byte> scratch_;
  std::uint64_t next_key_ = 1;
};

}  // namespace stormproof
