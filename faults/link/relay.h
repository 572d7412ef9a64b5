/// The two sockets of one proxied connection, driven by its LinkFsm. A thin shell: it reads, writes, dials and closes
/// what the state machine asks for and decides only how bytes travel: through a buffer, or, once a direction that no
/// fault looks at has delivered much at a time, through a pipe with splice(2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "faults/link/buffer_pool.h"
#include "faults/link/link_fsm.h"
#include "faults/link/pipe_pool.h"
#include "faults/link/socket.h"
#include "harness/base/fd.h"

namespace stormproof {

/// Proxy thread only.
class Relay {
 public:
  /// What the relays of a thread share; outlives them.
  struct Workshop {
    int epoll = -1;
    BufferPool buffers;
    PipePool pipes;
  };
  enum class State {
    waiting,  ///< for its sockets or its timer
    busy,     ///< there is more to read; others get their turn first
    over,     ///< destroy it
  };

  /// All references outlive the relay. `upstream`: empty while a host name stands for it, then on_resolved() has to
  /// follow after take_question(). `tag` comes back with each event, its lowest bit being the side.
  Relay(const FaultChain& chain, std::uint64_t connection, std::string_view from, Fd client,
        const std::vector<Address>& upstream, Workshop& workshop, std::uint64_t tag, LinkStats& stats, Nanos now);

  /// Handles what epoll reported for one side.
  State on_events(Side side, std::uint32_t events, Nanos now);
  /// Does all that can be done now.
  State settle(Nanos now);
  /// The upstream's name was looked up; empty: in vain.
  State on_resolved(std::vector<Address> addresses, Nanos now);
  /// True once, when the connection is to be dialled and the address is not known.
  bool take_question() { return std::exchange(asks_address_, false); }
  /// RST to both sides; destroy the relay then.
  void reset();
  /// Whether it ended, or was ended, by a reset.
  bool was_reset() const { return was_reset_; }

  LinkFsm& fsm() { return fsm_; }
  const LinkFsm& fsm() const { return fsm_; }
  /// For the owner's timers: the time it will be settled at.
  Nanos timer = Nanos::max();

 private:
  struct Socket {
    Fd fd;
    bool readable = false;  ///< as far as known: epoll reports changes only
    bool ending = false;    ///< FIN or an error is behind what can be read
    bool broken = false;    ///< an error that a read will report
    bool blocked = false;   ///< takes no more bytes now
    bool watches_space = false;
    /// How this side's bytes travel.
    std::uint8_t large_reads = 0;
    std::uint8_t small_splices = 0;
    bool splices = false;
    Pipe pipe;  ///< with bytes from this side in it, or none
  };

  Socket& socket(Side side) { return sockets_[static_cast<std::size_t>(side)]; }
  /// Both return true when something was read, or ended.
  bool read_from(Side side, Nanos now);
  bool copy_from(Side side, Nanos now);
  bool splice_from(Side side, Nanos now);
  /// After a read that returned nothing: `got` and errno as read(2) leaves them.
  bool on_read_ended(Side side, ssize_t got, Nanos now);
  void choose_way(Side side, std::size_t got);
  /// Writes straight from the buffer while nothing needs the bytes; returns how many it could.
  std::size_t write_through(Side to, std::span<const std::byte> bytes, Nanos now);
  /// True when the pipe with bytes for this side is empty.
  bool drain_pipe(Side to, Nanos now);
  void start_dial();
  /// Tries the next address; with none left the dial has failed.
  void dial_next();
  void on_dial_over();
  /// Returns true when a socket broke, so that there is more to decide.
  bool flush(Side to, Nanos now);
  bool deliver_end(Side to);
  void on_write_failed(Side to, Nanos now);
  bool watch(Side side, std::uint32_t events, int operation);
  void count_received(Side from, std::size_t bytes);
  void count_sent(Side to, std::size_t bytes);

  LinkFsm fsm_;
  std::array<Socket, 2> sockets_;
  const std::vector<Address>* upstream_;
  std::vector<Address> resolved_;  ///< for a name
  std::size_t dials_ = 0;          ///< how many of the addresses were tried
  Workshop* workshop_;
  std::uint64_t tag_;
  LinkStats* stats_;
  bool dialling_ = false;
  bool asks_address_ = false;
  bool unwatchable_ = false;  ///< epoll did not take a socket: out of memory or of watches
  bool was_reset_ = false;
};

}  // namespace stormproof
