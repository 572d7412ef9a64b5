/// The proxied paths between targets, as faults and the run see them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/base/rng.h"
#include "harness/model/scenario.h"

namespace stormproof {

/// What a link shall do with the bytes at hand. All verbs, so that the proxy never asks which kind decided.
struct LinkAction {
  enum class Verb {
    forward,     ///< pass on now
    hold,        ///< keep (in order) and ask again at `until` or when faults change; back-pressure builds up
    drop,        ///< swallow: count as passed, send nothing
    split,       ///< forward the first `bytes`, then ask again for the rest at `until`
    half_close,  ///< forward nothing more, send FIN once what was forwarded is out
    reset,       ///< RST both sides now
  };
  Verb verb = Verb::forward;
  std::size_t bytes = 0;
  Nanos until{};  ///< since the start of the run; max() = until something changes
};

struct ChunkView {
  std::uint64_t connection = 0;               ///< 1, 2, ... of this link
  Direction direction = Direction::upstream;  ///< never both
  std::uint64_t offset = 0;                   ///< of the first byte within the connection and direction
  std::size_t size = 0;
  Nanos received{};  ///< when the proxy read it
};

/// A fault on a link. Called on the proxy's thread only. Several may be armed; each sees what the one before let pass.
class LinkFault {
 public:
  virtual ~LinkFault() = default;
  /// For each new connection before its upstream is dialled. False: refuse it (accept, then close).
  virtual bool on_connect(std::uint64_t connection, Nanos now) {
    (void)connection, (void)now;
    return true;
  }
  virtual LinkAction on_chunk(const ChunkView& chunk, Nanos now) = 0;
  /// How often it acted. Any thread.
  virtual std::uint64_t hits() const = 0;
};

struct LinkStats {
  std::uint64_t connections = 0;
  std::uint64_t open = 0;
  std::uint64_t upstream_bytes = 0;  ///< forwarded client -> server
  std::uint64_t downstream_bytes = 0;
};

/// What a fault may do to links. Any thread; returns once the proxy's thread has taken it over (blocks, microseconds).
class LinkControl {
 public:
  virtual ~LinkControl() = default;
  virtual std::vector<std::string> links() const = 0;
  virtual Status arm(const std::string& link, Direction direction, std::shared_ptr<LinkFault> fault) = 0;
  virtual Status disarm(const std::string& link, const std::shared_ptr<LinkFault>& fault) = 0;
  /// Closes the listener and resets every connection / listens again on the same port.
  virtual Status set_down(const std::string& link, bool down) = 0;
  /// Number of connections closed by the last set_down(true), for hits.
  virtual LinkStats stats(const std::string& link) const = 0;
};

/// A set of links owned by one run, with one proxy thread. Destruction closes everything.
class LinkHost : public LinkControl {
 public:
  /// Listens on a free loopback port and forwards to `upstream` ("127.0.0.1:4711"), which need not exist yet.
  /// Returns the address clients use.
  virtual Result<std::string> open(const std::string& name, const std::string& upstream) = 0;
  /// Calls back on the proxy's thread once `count` of `what` were seen on the link (since its opening).
  enum class Counter { bytes, connections };
  virtual void notify_at(const std::string& link, Counter what, std::uint64_t count, std::function<void()> reached) = 0;
};

}  // namespace stormproof
