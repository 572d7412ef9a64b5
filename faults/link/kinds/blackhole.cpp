/// blackhole: bytes are accepted and vanish, connections stay open and nobody is told of the other's end. When it
/// heals, a connection that lost bytes, or the end of its stream, is reset: going on would hand the application a
/// stream with a hole in it, which no TCP ever does.
#include <unordered_set>
#include <utility>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Blackhole final : public CountingLinkFault {
 public:
  explicit Blackhole(const PlannedFault& fault) : CountingLinkFault(fault) {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)now;
    hit(chunk.size);
    spoilt_.insert(chunk.connection);
    return LinkAction::drop();
  }
  bool on_disarm(std::uint64_t connection) override { return spoilt_.contains(connection); }
  void adopt(LinkFault& before) override {
    if (auto* same = dynamic_cast<Blackhole*>(&before)) spoilt_ = std::move(same->spoilt_);
  }
  void on_close(std::uint64_t connection) override { spoilt_.erase(connection); }

 private:
  std::unordered_set<std::uint64_t> spoilt_;
};

}  // namespace

constinit const FaultKind blackhole_kind =
    blocking(breaking(link_kind<Blackhole>("blackhole", "bytes vanish while connections stay open; reset on heal")));

}  // namespace stormproof
