/// The proxied paths between targets, as faults and the run see them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/base/rng.h"
#include "harness/model/scenario.h"

namespace stormproof {

/// What a link shall do with what is at hand. All verbs, so that the proxy never asks which kind decided.
struct LinkAction {
  enum class Verb {
    forward,     ///< pass on now
    hold,        ///< keep (in order) and ask again at `until` or when faults change; back-pressure builds up
    drop,        ///< swallow: count as passed, send nothing
    split,       ///< forward the first `bytes` (at least 1), then ask again for the rest at `until`
    half_close,  ///< forward the first `bytes` and nothing more in this direction; send FIN once they are out
    reset,       ///< RST both sides: now, or with `bytes` once that many more are out
    repeat,      ///< forward the first `bytes` (at least 1) twice, then ask again for the rest
  };
  Verb verb = Verb::forward;
  std::size_t bytes = 0;
  Nanos until{};  ///< since the start of the run; kUntilChange = until something changes

  static constexpr Nanos kUntilChange = Nanos::max();

  static LinkAction forward() { return {}; }
  /// Only for on_connection: as forward, and ask again at `until`.
  static LinkAction forward_and_ask(Nanos until) { return {Verb::forward, 0, until}; }
  static LinkAction hold(Nanos until = kUntilChange) { return {Verb::hold, 0, until}; }
  static LinkAction drop() { return {Verb::drop, 0, {}}; }
  static LinkAction split(std::size_t bytes, Nanos until) { return {Verb::split, bytes, until}; }
  static LinkAction repeat(std::size_t bytes) { return {Verb::repeat, bytes, {}}; }
  static LinkAction half_close(std::size_t bytes = 0) { return {Verb::half_close, bytes, {}}; }
  static LinkAction reset(std::size_t bytes = 0) { return {Verb::reset, bytes, {}}; }
};

/// A piece of a stream of bytes, or its end. The ends pass the faults in order like bytes do, with size 0: a fault that
/// holds or drops whatever it is shown also keeps the other side from learning that its peer has gone.
struct ChunkView {
  enum class What { bytes, fin, reset };

  std::uint64_t connection = 0;               ///< 1, 2, ... of this link
  Direction direction = Direction::upstream;  ///< never both
  std::uint64_t offset = 0;                   ///< of the first byte within the connection and direction
  std::size_t size = 0;
  Nanos received{};  ///< when it reached this fault: read by the proxy, or let pass by the fault before
  What what = What::bytes;
  bool again = false;  ///< this fault was asked about these bytes (or the piece they were split from) before
  std::span<std::byte> data = {};  ///< the bytes, to look at or to change; empty unless needs_bytes()
};

/// A connection under a fault: a new one, or one that was open when the fault was armed.
struct ConnectionView {
  std::uint64_t connection = 0;  ///< 1, 2, ... of this link
  std::string_view from = {};    ///< the entrance it came through ("client/0"); "" for the link's own address
  Nanos since{};                 ///< when it came under this fault
  bool dialled = false;          ///< its upstream was dialled already; a hold keeps nothing back then
  bool again = false;            ///< asked before
};

/// A fault on a link. Called on the proxy's thread only. Several may be armed; each sees what the one before let pass,
/// in the order of arming. In each direction it is asked about one chunk at a time, the next to pass.
class LinkFault {
 public:
  virtual ~LinkFault() = default;
  /// Once for each connection that comes under the fault: a new one, or one that is open when the fault is armed. The
  /// engine keeps the answer. false: the fault is never asked about this connection again, and costs it nothing.
  virtual bool strikes(const ConnectionView& connection) {
    (void)connection;
    return true;
  }
  /// false: on_chunk is never called, so that bytes need not be shown. The same for the life of the fault.
  virtual bool sees_chunks() const { return true; }
  /// true: what it holds is on its way, as on a longer path, so that more may follow meanwhile; false: it waits, and
  /// its sender with it. The same for the life of the fault.
  virtual bool delays() const { return false; }
  /// This fault, of the same kind but with other parameters, takes the place of `before` in the middle of live
  /// connections: what it knows about them may be taken over. Whom it strikes stays as `before` drew it.
  virtual void adopt(LinkFault& before) { (void)before; }
  /// For each new connection before its upstream is dialled, and for each open one when the fault is armed. A client
  /// is connected by then: the kernel accepts for a listener. forward: dial, never ask again; forward_and_ask: dial,
  /// ask again at that time; hold: do not dial yet, ask again at `until`; half_close: close both sides; reset: RST to
  /// both. It is also asked again, unless it said forward, when faults change.
  virtual LinkAction on_connection(const ConnectionView& connection, Nanos now) {
    (void)connection, (void)now;
    return {};
  }
  virtual LinkAction on_chunk(const ChunkView& chunk, Nanos now) = 0;
  /// For each open connection when the fault is disarmed: true resets it, because its stream of bytes is not whole.
  virtual bool on_disarm(std::uint64_t connection) {
    (void)connection;
    return false;
  }
  /// The connection is gone: forget what is kept about it. Also called after on_disarm.
  virtual void on_close(std::uint64_t connection) { (void)connection; }
  /// True: ChunkView::data is filled, which costs a copy.
  virtual bool needs_bytes() const { return false; }
  /// How often it acted. Any thread.
  virtual std::uint64_t hits() const = 0;
};

/// Upper bounds, in nanoseconds, of the classes in which LinkStats counts how long faults kept bytes; one more class
/// counts what was kept for longer.
inline constexpr std::array<std::int64_t, 12> kHeldBounds = {10'000,      50'000,      100'000,       500'000,
                                                             1'000'000,   5'000'000,   10'000'000,    50'000'000,
                                                             100'000'000, 500'000'000, 1'000'000'000, 5'000'000'000};

struct LinkStats {
  std::uint64_t connections = 0;
  std::uint64_t open = 0;
  std::uint64_t upstream_received = 0;  ///< read from clients
  std::uint64_t downstream_received = 0;
  std::uint64_t upstream_bytes = 0;  ///< forwarded client -> server
  std::uint64_t downstream_bytes = 0;
  std::uint64_t closed_by_down = 0;  ///< connections that set_down(true) reset, since the opening
  /// Chunks that passed while faults saw them, by how long they were kept (kHeldBounds), and for how long in all.
  std::array<std::uint64_t, kHeldBounds.size() + 1> held{};
  Nanos held_time{};
  std::string listen = {};  ///< the address clients use
  bool enabled = false;     ///< start() without stop(); a link that is down is enabled
};

/// Where a link listens, and what it forwards to. An address is "127.0.0.1:4711", "[::1]:4711", "localhost:4711",
/// ":4711" (all addresses of this machine) or "unix:/path".
struct LinkOptions {
  std::string listen = {};    ///< "": a free port of loopback, in the family of upstream; port 0: a free port
  std::string upstream = {};  ///< need not exist yet; a host name is resolved anew for each connection
  bool enabled = true;        ///< false: exists without listening
  bool loopback_only = true;  ///< anything but loopback and Unix sockets is an error
};

/// Something that happened to a connection of a link. Valid during the call.
struct LinkEvent {
  enum class What {
    opened,
    struck,  ///< came under `fault`
    spared,  ///< `fault` will leave it alone, for all its life
    closed,
    reset,
  };
  What what = What::opened;
  Nanos t{};
  std::string_view link;
  std::string_view from;
  std::uint64_t connection = 0;
  const LinkFault* fault = nullptr;  ///< struck, spared
  std::uint64_t upstream_bytes = 0;  ///< closed, reset: what was forwarded
  std::uint64_t downstream_bytes = 0;
};

/// What a fault may do to links. Any thread; returns once the proxy's thread has taken it over (blocks, microseconds).
/// A link that does not exist is an error.
class LinkControl {
 public:
  virtual ~LinkControl() = default;
  virtual std::vector<std::string> links() const = 0;
  virtual Status arm(const std::string& link, Direction direction, std::shared_ptr<LinkFault> fault) = 0;
  /// What the fault holds goes on. Success when it is not armed there.
  virtual Status disarm(const std::string& link, const std::shared_ptr<LinkFault>& fault) = 0;
  /// Puts `to` in the place of `from` for the directions it was armed in. No connection is closed by that, no byte
  /// overtakes another. An error when `from` is not armed there.
  virtual Status replace(const std::string& link, const std::shared_ptr<LinkFault>& from,
                         std::shared_ptr<LinkFault> to) = 0;
  /// Closes the listener and resets every connection / listens again on the same port. Nests: the link is up again
  /// once each set_down(true) was taken back.
  virtual Status set_down(const std::string& link, bool down) = 0;
  /// All zero for a link that does not exist.
  virtual LinkStats stats(const std::string& link) const = 0;
};

/// A set of links. Destruction closes everything.
class LinkHost : public LinkControl {
 public:
  /// Makes a link and, if enabled, listens. Returns the address clients use, with the port that was drawn. Resolving a
  /// host name in `listen` may block. Errors: a bad address (usage), a port that is taken (environment; in the words of
  /// start()).
  virtual Result<std::string> open(const std::string& name, const LinkOptions& options) = 0;
  /// Resets its connections and forgets the link.
  virtual Status close(const std::string& name) = 0;
  /// Listens, if it does not; returns the address. The error reads "listen tcp 127.0.0.1:80: bind: permission denied".
  virtual Result<std::string> start(const std::string& name) = 0;
  /// Gives the port back and closes each connection; faults stay armed.
  virtual Status stop(const std::string& name) = 0;
  /// One more address of the link, on a free port of loopback; ConnectionView::from of those who come there is `from`.
  virtual Result<std::string> entrance(const std::string& name, const std::string& from) = 0;
  /// Calls back on the proxy's threads, which must not be made to wait. Before the first link is opened.
  virtual void observe(std::function<void(const LinkEvent&)> observer) = 0;
  /// Calls back on the proxy's thread once `count` of `what` were seen on the link (since its opening), at once when
  /// they were already. bytes: forwarded, both directions together. A link that does not exist never calls back.
  enum class Counter { bytes, connections };
  virtual void notify_at(const std::string& link, Counter what, std::uint64_t count, std::function<void()> reached) = 0;
};

}  // namespace stormproof
