/// refuse: new connections are reset as soon as they are accepted; open ones are left alone. Unlike `down`, which lets
/// the kernel refuse, it sees and counts each attempt.
#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Refuse final : public CountingLinkFault {
 public:
  explicit Refuse(const PlannedFault& fault) : CountingLinkFault(fault) {}

  LinkAction on_connection(const ConnectionView& connection, Nanos now) override {
    (void)now;
    if (connection.dialled) return LinkAction::forward();
    hit();
    return LinkAction::reset();
  }
  bool sees_chunks() const override { return false; }
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)chunk, (void)now;
    return LinkAction::forward();
  }
};

}  // namespace

constinit const FaultKind refuse_kind = needing(
    FaultNeeds::new_connection, link_kind<Refuse>("refuse", "new connections are reset at once, open ones live on"));

}  // namespace stormproof
