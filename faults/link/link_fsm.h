/// One proxied connection as a pure state machine: two flows, the decision to dial, and the ways in which it ends. What
/// happened on the sockets goes in; what to do with them comes out. After each event call advance(), then do what the
/// getters say. No socket, no epoll, no clock.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "faults/link/flow.h"

namespace stormproof {

/// The two sockets of a proxied connection: towards the client and towards the upstream server.
enum class Side : std::uint8_t { client = 0, server = 1 };

inline Side opposite(Side side) { return side == Side::client ? Side::server : Side::client; }

class LinkFsm {
 public:
  /// A client has connected. `chain`, `from` and `stats` (may be null) outlive the connection.
  LinkFsm(const FaultChain& chain, std::uint64_t connection, Nanos now, std::string_view from = {},
          LinkStats* stats = nullptr);
  // The flows point into it.
  LinkFsm(const LinkFsm&) = delete;
  LinkFsm& operator=(const LinkFsm&) = delete;

  void on_bytes(Side from, std::shared_ptr<std::byte[]> buffer, std::size_t bytes, Nanos now);
  void on_bytes(Side from, std::span<const std::byte> bytes, Nanos now);
  void on_fin(Side from, Nanos now);
  /// The peer at this side reset the connection, or it broke.
  void on_broken(Side side, Nanos now);
  void on_dial_started();
  void on_dialled();
  /// Nobody listens at the upstream: the client is reset, as it would be without a proxy in between.
  void on_dial_failed();
  void on_written(Side to, std::size_t bytes);
  void on_end_delivered(Side to);
  /// The last fault of the chain is new.
  void on_armed(Nanos now);
  /// The fault that was at `index` is gone from the chain; `spoilt`: its on_disarm said so.
  void on_disarmed(std::size_t index, bool spoilt, Nanos now);
  /// Another fault stands at `index` of the chain.
  void on_replaced(std::size_t index);
  /// Whether the fault at `index` leaves this connection alone.
  bool spared(std::size_t index) const { return exposure_.spared[index]; }
  void advance(Nanos now);

  bool wants_dial() const { return stage_ == Stage::waiting && admitted_; }
  /// Reset both sockets and forget the connection.
  bool wants_reset() const;
  /// Close both sockets and forget the connection.
  bool finished() const;
  /// What to write to this side; nothing before the dial succeeded.
  std::span<const std::byte> output(Side to) const;
  /// fin: shut down writing; reset: RST. Nothing before the dial succeeded, a reset apart.
  Flow::End end_due(Side to) const;
  std::size_t room(Side from) const { return flow_from(from).room(); }
  bool transparent(Side from) const { return stage_ == Stage::open && flow_from(from).transparent(); }
  void pass(Side from, std::size_t bytes) { flow_from(from).pass(bytes); }
  void on_piped(Side from, std::size_t bytes) { flow_from(from).on_piped(bytes); }
  void on_unpiped(Side from, std::size_t bytes) { flow_from(from).on_unpiped(bytes); }
  std::size_t piped(Side from) const { return flow_from(from).piped(); }
  std::uint64_t forwarded(Side from) const { return flow_from(from).forwarded(); }
  std::string_view from() const { return from_; }
  /// What flows from here has ended, and that was told.
  bool over(Side from) const { return flow_from(from).finished(); }
  Nanos next_due() const { return due_; }
  std::uint64_t connection() const { return connection_; }

 private:
  enum class Stage : std::uint8_t { waiting, dialling, open };
  /// What one fault of the chain says about the connection as a whole.
  struct Gate {
    Nanos since{};
    Nanos until{};  ///< ask then; kUntilChange: when faults change
    bool asked = false;
    bool open = false;     ///< said forward
    bool settled = false;  ///< need not be asked any more
  };

  Flow& flow_from(Side from) { return flows_[static_cast<std::size_t>(from)]; }
  const Flow& flow_from(Side from) const { return flows_[static_cast<std::size_t>(from)]; }
  Flow& flow_to(Side to) { return flow_from(opposite(to)); }
  const Flow& flow_to(Side to) const { return flow_from(opposite(to)); }
  void ask_gates(Nanos now);
  void ask(Gate& gate, LinkFault& fault, Nanos now);
  /// Draws whether the newest fault strikes, and makes a gate for it.
  void expose(LinkFault& fault, Nanos now);
  ConnectionView view(const Gate& gate) const;

  std::uint64_t connection_;
  std::string_view from_;
  Exposure exposure_;
  std::array<Flow, 2> flows_;  ///< by the side they come from: upstream, downstream
  std::vector<Gate> gates_;    ///< one for each fault of the chain
  Stage stage_ = Stage::waiting;
  bool admitted_ = false;
  bool faults_changed_ = false;
  bool reset_ = false;
  bool closed_ = false;  ///< a fault ended the connection in order
  Nanos due_ = Nanos::max();
};

}  // namespace stormproof
