/// timeout: nothing gets through, and a connection that has been silent for `timeout` is closed; with 0 it is never
/// closed while the fault is in force. As in Toxiproxy every chunk starts the time anew, so that a busy connection is
/// not closed (`deadline` does not wait for silence), and on heal every connection ends: with RST, since what was
/// swallowed is a hole in its stream. A hit is a swallowed byte or a closed connection.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Timeout final : public CountingLinkFault {
 public:
  explicit Timeout(const PlannedFault& fault)
      : CountingLinkFault(fault), timeout_(bounded(fault.spec.params.duration("timeout"))) {}

  LinkAction on_connection(const ConnectionView& connection, Nanos now) override {
    if (timeout_ == Nanos{}) return LinkAction::forward();
    Nanos& last = last_heard_.try_emplace(connection.connection, connection.since).first->second;
    if (now < last + timeout_) return LinkAction::forward_and_ask(last + timeout_);
    hit();
    return LinkAction::half_close();
  }
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    hit(chunk.size);
    last_heard_[chunk.connection] = now;
    return LinkAction::drop();
  }
  bool on_disarm(std::uint64_t connection) override {
    (void)connection;
    return true;
  }
  void adopt(LinkFault& before) override {
    if (auto* same = dynamic_cast<Timeout*>(&before)) last_heard_ = std::move(same->last_heard_);
  }
  void on_close(std::uint64_t connection) override { last_heard_.erase(connection); }

 private:
  Nanos timeout_;
  std::unordered_map<std::uint64_t, Nanos> last_heard_;
};

constexpr ParamSpec kParams[] = {
    {.name = "timeout",
     .type = ParamType::duration,
     .help = "of silence until a connection is closed; 0ms: never",
     .fallback = "0ms"},
};

}  // namespace

constinit const FaultKind timeout_kind = blocking(
    breaking(link_kind<Timeout>("timeout", "nothing gets through, and silent connections are closed", kParams)));

}  // namespace stormproof
