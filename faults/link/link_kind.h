/// What the link kinds share: the Fault that arms a LinkFault on its link while it is in force, hits that any thread
/// may read, and the draw whether a connection is struck.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/api/fault.h"
#include "harness/base/rng.h"

namespace stormproof {

class CountingLinkFault : public LinkFault {
 public:
  /// The draw of the scenario's `probability`, which depends on the plan and the number of the connection only.
  bool strikes(const ConnectionView& connection) override {
    return probability_ >= 1.0 || draw(connection.connection, 0).chance(probability_);
  }
  std::uint64_t hits() const override { return hits_.load(std::memory_order_relaxed); }

 protected:
  explicit CountingLinkFault(const PlannedFault& fault)
      : draws_(Rng(fault.stream).fork("connection").seed()), probability_(fault.spec.probability) {}

  void hit(std::uint64_t times = 1) { hits_.fetch_add(times, std::memory_order_relaxed); }
  /// A stream for what is decided at `place` (an offset, say) of a connection. It depends on nothing else, so that a
  /// replay draws the same however the bytes were cut into chunks before.
  Rng draw(std::uint64_t connection, std::uint64_t place) const {
    Rng first(draws_ + connection * 0x9E3779B97F4A7C15ULL);
    return Rng(first.next() ^ place * 0xD1B54A32D192ED03ULL);
  }

 private:
  std::uint64_t draws_;
  double probability_;
  std::atomic<std::uint64_t> hits_{0};
};

/// What a kind keeps about each direction of each connection until the connection is closed.
template <class State>
class PerDirection {
 public:
  State& of(const ChunkView& chunk) { return states_[chunk.connection][index(chunk.direction)]; }
  void forget(std::uint64_t connection) { states_.erase(connection); }
  bool empty() const { return states_.empty(); }

 private:
  static std::size_t index(Direction way) { return way == Direction::upstream ? 0 : 1; }
  std::unordered_map<std::uint64_t, std::array<State, 2>> states_;
};

/// Delays beyond a century last for ever in any run; sums of two cannot overflow.
inline Nanos bounded(Nanos delay) { return std::clamp(delay, Nanos{}, Nanos(std::chrono::hours(24 * 36525))); }

/// A place in the stream of one direction, for draw(): never 0, and never that of the other direction.
inline std::uint64_t place_of(Direction way, std::uint64_t offset) {
  return offset * 2 + (way == Direction::upstream ? 0 : 1) + 1;
}

/// A fault that is in force while `armed` is armed on the link and direction of `fault`.
std::unique_ptr<Fault> arm_on_link(const PlannedFault& fault, std::shared_ptr<LinkFault> armed);

/// A LinkFault and its place.
struct ArmedAt {
  std::string link;
  Direction direction = Direction::both;
  std::shared_ptr<LinkFault> fault;
};
/// A fault that is in force while all of them are armed.
std::unique_ptr<Fault> arm_on_links(std::vector<ArmedAt> places);

/// The kind whose connections and bytes `Kind`, a LinkFault made from a PlannedFault, decides about.
template <class Kind>
constexpr FaultKind link_kind(std::string_view name, std::string_view summary, std::span<const ParamSpec> params = {}) {
  FaultKind kind;
  kind.info.name = name;
  kind.info.summary = summary;
  kind.info.params = params;
  kind.info.scope = FaultScope::link;
  kind.make_link = [](const PlannedFault& fault) -> std::shared_ptr<LinkFault> {
    return std::make_shared<Kind>(fault);
  };
  kind.make = [](const PlannedFault& fault) { return arm_on_link(fault, std::make_shared<Kind>(fault)); };
  return kind;
}

/// The same kind, with what it does to connections.
constexpr FaultKind breaking(FaultKind kind) {
  kind.info.breaks = true;
  return kind;
}
constexpr FaultKind blocking(FaultKind kind) {
  kind.info.blocks = true;
  return kind;
}
constexpr FaultKind needing(FaultNeeds needs, FaultKind kind) {
  kind.info.needs = needs;
  return kind;
}

}  // namespace stormproof
