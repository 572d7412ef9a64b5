#include "faults/link/link_kind.h"

#include <utility>

namespace stormproof {
namespace {

class ArmedFault final : public Fault {
 public:
  ArmedFault(const PlannedFault& fault, std::shared_ptr<LinkFault> armed) : fault_(fault), armed_(std::move(armed)) {}

  Status inject(FaultContext& context) override {
    return context.links().arm(fault_.spec.link, fault_.spec.direction, armed_);
  }
  Status heal(FaultContext& context) override { return context.links().disarm(fault_.spec.link, armed_); }
  std::uint64_t hits() const override { return armed_->hits(); }

 private:
  const PlannedFault& fault_;
  std::shared_ptr<LinkFault> armed_;
};

}  // namespace

std::unique_ptr<Fault> arm_on_link(const PlannedFault& fault, std::shared_ptr<LinkFault> armed) {
  return std::make_unique<ArmedFault>(fault, std::move(armed));
}

}  // namespace stormproof
