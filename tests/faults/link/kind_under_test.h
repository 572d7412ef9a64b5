/// Makes a fault of a kind the way a run does, and catches the LinkFault it arms.
#pragma once

#include <memory>
#include <string>

#include "faults/catalog.h"
#include "harness/base/units.h"
#include "tests/support/fake_fault_context.h"

namespace stormproof {

/// A planned fault of this kind on link "feed", its params at their defaults.
inline PlannedFault planned_on_link(const FaultKind& kind) {
  PlannedFault planned;
  planned.spec.name = planned.spec.kind = std::string(kind.info.name);
  planned.spec.link = "feed";
  planned.stream = 7;
  for (const ParamSpec& param : kind.info.params) {
    if (param.fallback.empty()) continue;
    const std::string name(param.name);
    switch (param.type) {
      case ParamType::duration: planned.spec.params.set(name, *parse_duration(param.fallback)); break;
      case ParamType::size: planned.spec.params.set(name, *parse_size(param.fallback)); break;
      case ParamType::rate: planned.spec.params.set(name, *parse_rate(param.fallback)); break;
      case ParamType::integer:
        planned.spec.params.set(name, std::int64_t{std::stoll(std::string(param.fallback))});
        break;
      case ParamType::number:
      case ParamType::probability: planned.spec.params.set(name, std::stod(std::string(param.fallback))); break;
      case ParamType::boolean: planned.spec.params.set(name, param.fallback == "true"); break;
      default: planned.spec.params.set(name, std::string(param.fallback)); break;
    }
  }
  return planned;
}

/// Owns all that a LinkFault under test stands on.
class ArmedKind {
 public:
  template <class Adjust>
  ArmedKind(const FaultKind& kind, const Adjust& adjust) : planned_(planned_on_link(kind)) {
    adjust(planned_.spec);
    fault_ = kind.make(planned_);
    if (fault_->inject(context_).ok() && !context_.links().armed.empty()) link_fault_ = context_.links().armed.front();
  }
  explicit ArmedKind(const FaultKind& kind) : ArmedKind(kind, [](FaultSpec&) {}) {}

  const std::shared_ptr<LinkFault>& link_fault() const { return link_fault_; }
  std::uint64_t hits() const { return fault_->hits(); }

 private:
  PlannedFault planned_;
  FakeFaultContext context_;
  std::unique_ptr<Fault> fault_;
  std::shared_ptr<LinkFault> link_fault_;
};

}  // namespace stormproof
