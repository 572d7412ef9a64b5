/// The engine behind the links: one epoll loop that accepts, relays and keeps the timers of what faults hold. All of it
/// runs on one thread, which LinkHost provides; nothing here locks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "faults/link/fault_chain.h"
#include "faults/link/relay.h"
#include "faults/link/slot_table.h"
#include "faults/link/socket.h"
#include "faults/link/timer_queue.h"
#include "harness/base/clock.h"

namespace stormproof {

class Proxy {
 public:
  using Observer = std::function<void(const LinkEvent&)>;
  /// Looks a name up, elsewhere, and has the answer brought back to on_resolved() on this thread.
  using Lookup = std::function<void(const std::string& name, std::uint64_t connection)>;

  /// `clock` is the run's, outlives the proxy and keeps real time. `wake` is watched beside the sockets.
  static Result<std::unique_ptr<Proxy>> make(const Clock& clock, int wake);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  void observe(Observer observer) { observer_ = std::move(observer); }
  void set_lookup(Lookup lookup) { lookup_ = std::move(lookup); }
  void on_resolved(std::uint64_t connection, std::vector<Address> addresses);

  /// See LinkHost and LinkControl for the meaning of these. `listen` is where the link listens, `upstream` is empty
  /// when a host name stands there.
  struct Opening {
    std::string name;
    Address listen;
    std::vector<Address> upstream;
    std::string upstream_text;
    bool enabled = true;
  };
  Result<std::string> open(Opening opening);
  Status close(const std::string& name);
  Result<std::string> start(const std::string& name);
  Status stop(const std::string& name);
  Result<std::string> entrance(const std::string& name, const std::string& from);
  std::vector<std::string> links() const;
  Status arm(const std::string& link, Direction direction, std::shared_ptr<LinkFault> fault);
  Status disarm(const std::string& link, const std::shared_ptr<LinkFault>& fault);
  Status replace(const std::string& link, const std::shared_ptr<LinkFault>& from, const std::shared_ptr<LinkFault>& to);
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
  /// One address of a link.
  struct Door {
    Address wanted;
    std::string from;
    ReservedPort port;
    Fd listener;
    std::uint64_t key = 0;
  };
  struct Link {
    std::string name;
    std::vector<Address> upstream;
    std::string upstream_text;
    std::vector<std::unique_ptr<Door>> doors;  ///< the link's own first
    FaultChain chain;
    LinkStats stats;
    std::vector<Notice> notices;
    bool enabled = false;
    int down = 0;  ///< how many wanted it down
  };

  Proxy(const Clock& clock, Fd epoll);

  Link* find(const std::string& name) const;
  Door& add_door(Link& link, const Address& wanted, const std::string& from);
  /// Takes the ports and listens, so far as the link shall.
  Status open_doors(Link& link);
  /// `ports`: gives them back as well.
  static void close_doors(Link& link, bool ports);
  bool watch(const Door& door, std::uint32_t events, int operation);
  void accept_all(Link& link, Door& door, Nanos now);
  void admit(Link& link, const Door& door, Fd client, Nanos now);
  void handle(std::uint64_t tag, std::uint32_t events, Nanos now);
  /// Books the relay's next timer and turn, or removes it when it is over.
  void after(std::uint64_t key, Relay::State state, Nanos now);
  void remove(std::uint64_t key, Nanos now);
  std::vector<std::uint64_t> keys_of(const Link& link);
  void end_all(Link& link, bool reset, Nanos now);
  void settle_all(const Link& link, Nanos now);
  void run_timers(Nanos now);
  void run_busy(Nanos now);
  void check_notices(Link& link);
  void tell(LinkEvent::What what, const Link& link, const LinkFsm& fsm, Nanos now, const LinkFault* fault = nullptr);
  void tell_exposure(const Link& link, const LinkFsm& fsm, std::size_t index, Nanos now);
  Nanos wait_time(Nanos now) const;
  /// A sleep ended this much after its time.
  void learn_lead(Nanos late);

  const Clock& clock_;
  Fd epoll_;
  Observer observer_;
  Lookup lookup_;
  Relay::Workshop workshop_;
  std::map<std::string, std::unique_ptr<Link>> links_;
  struct Connection {
    Link* link = nullptr;
    std::unique_ptr<Relay> relay;
  };
  struct DoorOf {
    Link* link = nullptr;
    Door* door = nullptr;
  };
  SlotTable<Connection> connections_;
  SlotTable<DoorOf> doors_;
  TimerQueue timers_;
  /// How long before a timer is due the sleep for it ends. Waking takes a processor tens of microseconds, by which
  /// every delay would be too long; what is left is spent polling.
  Nanos lead_{};
  std::vector<std::uint64_t> busy_;             ///< connections with more to read
  std::vector<std::function<void()>> reached_;  ///< to be called once the tables are at rest
};

}  // namespace stormproof
