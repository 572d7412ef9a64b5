/// down: the link's port refuses connections and every open connection is reset; on heal it listens again on the same
/// port. Hits are the connections it reset. The kernel refuses the attempts meanwhile and tells nobody, so a fault that
/// met no open connection has no hits.
#include "faults/catalog.h"

namespace stormproof {
namespace {

class Down final : public Fault {
 public:
  explicit Down(const PlannedFault& fault) : link_(fault.spec.link) {}

  Status inject(FaultContext& context) override {
    const std::uint64_t before = context.links().stats(link_).closed_by_down;
    if (Status down = context.links().set_down(link_, true); !down) return down;
    down_ = true;
    hits_ = context.links().stats(link_).closed_by_down - before;
    return {};
  }
  Status heal(FaultContext& context) override {
    if (!down_) return {};
    down_ = false;
    return context.links().set_down(link_, false);
  }
  std::uint64_t hits() const override { return hits_; }

 private:
  const std::string& link_;
  std::uint64_t hits_ = 0;
  bool down_ = false;
};

std::unique_ptr<Fault> make(const PlannedFault& fault) { return std::make_unique<Down>(fault); }

constexpr FaultKind describe() {
  FaultKind kind;
  kind.info.name = "down";
  kind.info.summary = "connections are reset and new ones refused until healed";
  kind.info.scope = FaultScope::link;
  kind.info.whole_link = true;
  kind.info.needs = FaultNeeds::open_connection;
  kind.info.blocks = kind.info.breaks = true;
  kind.make = make;
  return kind;
}

}  // namespace

constinit const FaultKind down_kind = describe();

}  // namespace stormproof
