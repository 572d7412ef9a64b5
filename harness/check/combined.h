/// Several invariants under one name.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/api/checker.h"
#include "harness/check/findings.h"

namespace stormproof {

class Combined final : public Invariant {
 public:
  Combined(std::string name, std::vector<std::unique_ptr<Invariant>> parts)
      : name_(std::move(name)), parts_(std::move(parts)) {}

  Sight sight(const HistoryTraits& traits) const override {
    Sight most = Sight::flow;
    for (const auto& part : parts_) most = std::max(most, part->sight(traits));
    return most;
  }
  void on_event(const EventView& event, const CheckContext& context) override {
    for (const auto& part : parts_) part->on_event(event, context);
  }
  InvariantResult finish(const CheckContext& context) override {
    std::vector<InvariantResult> results;
    for (const auto& part : parts_) results.push_back(part->finish(context));
    return merge_results(name_, std::move(results));
  }

 private:
  std::string name_;
  std::vector<std::unique_ptr<Invariant>> parts_;
};

inline constexpr ParamSpec kSkewParams[] = {{.name = "skew",
                                             .type = ParamType::duration,
                                             .help = "how long before its sending an effect may be recorded",
                                             .fallback = "1s"}};

}  // namespace stormproof
