/// A proxied connection without sockets: a LinkFsm whose sinks are strings, and a clock that the test moves.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "faults/link/link_fsm.h"

namespace stormproof {

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

class PaperWire {
 public:
  explicit PaperWire(std::vector<FaultChain::Armed> armed = {}) : chain_{std::move(armed)}, fsm_(chain_, 1, Nanos{}) {
    pump();
  }

  void send(Side from, std::string_view text) {
    fsm_.on_bytes(from, bytes_of(text), now_);
    pump();
  }
  void fin(Side from) {
    fsm_.on_fin(from, now_);
    pump();
  }
  void rst(Side from) {
    fsm_.on_broken(from, now_);
    pump();
  }
  void arm(std::shared_ptr<LinkFault> fault, Direction direction = Direction::both) {
    chain_.armed.push_back({std::move(fault), direction});
    fsm_.on_armed(now_);
    pump();
  }
  void disarm(const std::shared_ptr<LinkFault>& fault) {
    for (std::size_t i = 0; i < chain_.size(); ++i) {
      if (chain_.armed[i].fault != fault) continue;
      chain_.armed.erase(chain_.armed.begin() + static_cast<std::ptrdiff_t>(i));
      fsm_.on_disarmed(i, fault->on_disarm(1), now_);
      break;
    }
    pump();
  }
  /// Stops at each moment at which something is due, as the proxy's timers do.
  void advance(Nanos by) {
    const Nanos end = now_ + by;
    while (fsm_.next_due() <= end) {
      now_ = fsm_.next_due();
      pump();
    }
    now_ = end;
    pump();
  }
  /// The sink takes this many more bytes; unlimited unless called.
  void limit(Side to, std::size_t bytes) { credit_[index(to)] = bytes; }

  const std::string& got(Side at) const { return out_[index(at)]; }
  Flow::End end(Side at) const { return ends_[index(at)]; }
  bool dialled() const { return dialled_; }
  bool both_reset() const { return both_reset_; }
  bool over() const { return both_reset_ || fsm_.finished(); }
  Nanos now() const { return now_; }
  LinkFsm& fsm() { return fsm_; }

  void pump() {
    for (int round = 0; round < 8 && !both_reset_; ++round) {
      fsm_.advance(now_);
      if (fsm_.wants_reset()) {
        both_reset_ = true;
        return;
      }
      if (fsm_.wants_dial()) {
        dialled_ = true;
        fsm_.on_dial_started();
        fsm_.on_dialled();
      }
      for (const Side to : {Side::client, Side::server}) deliver(to);
    }
  }

 private:
  static std::size_t index(Side side) { return static_cast<std::size_t>(side); }
  void deliver(Side to) {
    for (auto bytes = fsm_.output(to); !bytes.empty() && credit_[index(to)] > 0; bytes = fsm_.output(to)) {
      const std::size_t taken = std::min(bytes.size(), credit_[index(to)]);
      out_[index(to)].append(reinterpret_cast<const char*>(bytes.data()), taken);
      credit_[index(to)] -= taken;
      fsm_.on_written(to, taken);
    }
    if (const Flow::End end = fsm_.end_due(to); end != Flow::End::none) {
      ends_[index(to)] = end;
      fsm_.on_end_delivered(to);
    }
  }

  FaultChain chain_;
  LinkFsm fsm_;
  Nanos now_{};
  std::array<std::string, 2> out_;
  std::array<std::size_t, 2> credit_{SIZE_MAX, SIZE_MAX};
  std::array<Flow::End, 2> ends_{Flow::End::none, Flow::End::none};
  bool dialled_ = false;
  bool both_reset_ = false;
};

}  // namespace stormproof
