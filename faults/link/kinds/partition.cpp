/// partition: nothing passes in the given direction (or either) and nothing is lost: bytes, ends of streams and resets
/// are held, new connections are accepted but reach nobody. On heal everything goes on where it stopped, as TCP does
/// after a short partition. A client's connect() returns all the same: the kernel answers for the proxy's listener.
/// With `between` it strikes the connections from one group of targets to the other.
#include <set>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Partition final : public CountingLinkFault {
 public:
  explicit Partition(const PlannedFault& fault) : CountingLinkFault(fault) {}
  Partition(const PlannedFault& fault, const LinkCut& cut)
      : CountingLinkFault(fault), from_(cut.from.begin(), cut.from.end()) {}

  bool strikes(const ConnectionView& connection) override {
    return (from_.empty() || from_.contains(connection.from)) && CountingLinkFault::strikes(connection);
  }

  LinkAction on_connection(const ConnectionView& connection, Nanos now) override {
    (void)now;
    // Also with one direction cut: the handshake needs both.
    if (connection.dialled) return LinkAction::forward();
    if (!connection.again) hit();
    return LinkAction::hold();
  }
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)now;
    if (!chunk.again) hit();
    return LinkAction::hold();
  }

 private:
  std::set<std::string, std::less<>> from_;  ///< empty: whoever it is
};

std::unique_ptr<Fault> make(const PlannedFault& fault) {
  if (fault.cuts.empty()) return arm_on_link(fault, std::make_shared<Partition>(fault));
  std::vector<ArmedAt> places;
  for (const LinkCut& cut : fault.cuts) {
    places.push_back({cut.link, cut.direction, std::make_shared<Partition>(fault, cut)});
  }
  return arm_on_links(std::move(places));
}

constexpr FaultKind describe() {
  FaultKind kind = link_kind<Partition>("partition", "nothing passes, nothing is lost; goes on when healed");
  kind.info.groups = true;
  kind.info.blocks = true;
  kind.make = make;
  return kind;
}

}  // namespace

constinit const FaultKind partition_kind = describe();

}  // namespace stormproof
