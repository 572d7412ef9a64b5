/// A trigger on bytes or connections of the very link that its fault strikes. It is armed in the fault's place, lets
/// everything pass until its condition holds, and from that byte or connection on hands over to the fault: nothing
/// passes in between, however busy the link and the run's loop are.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "harness/api/fault.h"

namespace stormproof {

/// All calls on the proxy's thread but `fired_at` and `hits`.
class LinkTrigger final : public LinkFault {
 public:
  /// True for a fault whose `when` can be watched in its own place.
  static bool fits(const FaultKind& kind, const FaultSpec& spec);

  /// `when` counts bytes (of one connection, if it names one; in the directions in which this is armed) or connections,
  /// both since they were opened. `fault` strikes once it holds; null: nothing strikes, somebody only wants to be told.
  /// `tell` is called once, on the proxy's thread, before the fault does anything; it must not block.
  LinkTrigger(const TriggerSpec& when, std::shared_ptr<LinkFault> fault, std::function<void()> tell);

  /// When the condition held; negative before.
  Nanos fired_at() const { return Nanos(fired_at_.load(std::memory_order_acquire)); }
  /// Whether the fault's own draw (`probability`) strikes this open connection.
  bool struck(std::uint64_t connection) const;

  bool strikes(const ConnectionView& connection) override;
  bool sees_chunks() const override { return counts_bytes_ || (fault_ != nullptr && fault_->sees_chunks()); }
  LinkAction on_connection(const ConnectionView& connection, Nanos now) override;
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override;
  bool on_disarm(std::uint64_t connection) override;
  void on_close(std::uint64_t connection) override;
  bool needs_bytes() const override { return fault_ != nullptr && fault_->needs_bytes(); }
  bool delays() const override { return fault_ != nullptr && fault_->delays(); }
  std::uint64_t hits() const override { return fault_ == nullptr ? 0 : fault_->hits(); }

 private:
  struct Connection {
    bool struck = false;                ///< by the fault, once it strikes
    bool asked = false;                 ///< the fault was asked about the connection
    std::array<bool, 2> counted{};      ///< bytes from before the arming are in the count
    std::array<bool, 2> handed_over{};  ///< the fault was asked about a chunk
  };
  bool fired() const { return fired_at() >= Nanos{}; }
  void fire(Nanos now);
  LinkAction ask_fault(Connection& state, ConnectionView connection, Nanos now);
  LinkAction hand_over(Connection& state, ChunkView chunk, Nanos now);
  /// The chunk reaches the count after `left` of its bytes.
  LinkAction strike_after(std::size_t left, Connection& state, const ChunkView& chunk, Nanos now);

  bool counts_bytes_;
  std::uint64_t count_;
  std::uint64_t only_;  ///< the connection that counts; 0: all
  std::shared_ptr<LinkFault> fault_;
  std::function<void()> tell_;
  std::uint64_t passed_ = 0;
  std::unordered_map<std::uint64_t, Connection> connections_;
  std::atomic<std::int64_t> fired_at_{-1};
};

/// What `trigger` has struck, as a fault that is in force. inject asks the fault about connections that are idle.
std::unique_ptr<Fault> make_triggered_fault(const FaultSpec& spec, std::shared_ptr<LinkTrigger> trigger);

}  // namespace stormproof
