#include "faults/link/link_kind.h"

#include <utility>

namespace stormproof {
namespace {

class ArmedFault final : public Fault {
 public:
  explicit ArmedFault(std::vector<ArmedAt> places) : places_(std::move(places)) {}

  Status inject(FaultContext& context) override {
    for (const ArmedAt& place : places_) {
      if (Status armed = context.links().arm(place.link, place.direction, place.fault); !armed) return armed;
    }
    return {};
  }
  Status heal(FaultContext& context) override {
    Status first;
    for (const ArmedAt& place : places_) {
      const Status disarmed = context.links().disarm(place.link, place.fault);
      if (first.ok()) first = disarmed;
    }
    return first;
  }
  std::uint64_t hits() const override {
    std::uint64_t sum = 0;
    for (const ArmedAt& place : places_) sum += place.fault->hits();
    return sum;
  }

 private:
  std::vector<ArmedAt> places_;
};

}  // namespace

std::unique_ptr<Fault> arm_on_links(std::vector<ArmedAt> places) {
  return std::make_unique<ArmedFault>(std::move(places));
}

std::unique_ptr<Fault> arm_on_link(const PlannedFault& fault, std::shared_ptr<LinkFault> armed) {
  return arm_on_links({{fault.spec.link, fault.spec.direction, std::move(armed)}});
}

}  // namespace stormproof
