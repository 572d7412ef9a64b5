/// timeout: nothing gets through, and each connection is closed `timeout` after it was opened or the fault was armed;
/// with 0 it is never closed while the fault is in force. Bytes vanish as in `blackhole`, so on heal a connection that
/// lost some is reset.
#include <unordered_set>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Timeout final : public CountingLinkFault {
 public:
  explicit Timeout(const PlannedFault& fault)
      : CountingLinkFault(fault), timeout_(fault.spec.params.duration("timeout")) {}

  LinkAction on_connection(const ConnectionView& connection, Nanos now) override {
    if (timeout_ == Nanos{} || !strikes(connection.connection)) return LinkAction::forward();
    if (now < connection.since + timeout_) return LinkAction::forward_and_ask(connection.since + timeout_);
    hit();
    return LinkAction::half_close();
  }
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)now;
    if (!strikes(chunk.connection)) return LinkAction::forward();
    hit(chunk.size);
    spoilt_.insert(chunk.connection);
    return LinkAction::drop();
  }
  bool on_disarm(std::uint64_t connection) override { return spoilt_.contains(connection); }
  void on_close(std::uint64_t connection) override { spoilt_.erase(connection); }

 private:
  Nanos timeout_;
  std::unordered_set<std::uint64_t> spoilt_;
};

constexpr ParamSpec kParams[] = {
    {.name = "timeout",
     .type = ParamType::duration,
     .help = "until the connection is closed; 0ms: never",
     .fallback = "0ms"},
};

}  // namespace

constinit const FaultKind timeout_kind =
    link_kind<Timeout>("timeout", "nothing gets through, then connections are closed", kParams);

}  // namespace stormproof
