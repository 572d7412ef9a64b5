/// The real link kinds with their parameters, whose make_link writes down what it was asked for and makes a fault that
/// does nothing.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "faults/catalog.h"

namespace stormproof {

class QuietFault final : public LinkFault {
 public:
  explicit QuietFault(PlannedFault asked) : planned(std::move(asked)) {}
  LinkAction on_chunk(const ChunkView&, Nanos) override { return LinkAction::forward(); }
  void adopt(LinkFault& before) override { adopted = &before; }
  std::uint64_t hits() const override { return 3; }

  PlannedFault planned;
  LinkFault* adopted = nullptr;
};

inline std::span<const FaultKind* const> recorded_kinds() {
  static const std::vector<FaultKind> kinds = [] {
    std::vector<FaultKind> copies;
    for (const FaultKind* kind : fault_kinds()) {
      copies.push_back(*kind);
      if (copies.back().make_link == nullptr) continue;
      copies.back().make_link = [](const PlannedFault& planned) -> std::shared_ptr<LinkFault> {
        return std::make_shared<QuietFault>(planned);
      };
    }
    return copies;
  }();
  static const std::vector<const FaultKind*> pointers = [] {
    std::vector<const FaultKind*> list;
    for (const FaultKind& kind : kinds) list.push_back(&kind);
    return list;
  }();
  return pointers;
}

}  // namespace stormproof
