/// The faults armed on one link, in the order of arming, and which of them one connection is exposed to.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "harness/api/link.h"

namespace stormproof {

/// Owned by the link; its connections read it.
struct FaultChain {
  struct Armed {
    std::shared_ptr<LinkFault> fault;
    Direction direction = Direction::both;

    bool covers(Direction way) const {
      return (direction == Direction::both || direction == way) && fault->sees_chunks();
    }
  };
  std::vector<Armed> armed;

  std::size_t size() const { return armed.size(); }
  bool empty() const { return armed.empty(); }
};

/// Owned by a connection; its two flows read it.
struct Exposure {
  const FaultChain* chain = nullptr;
  LinkStats* stats = nullptr;     ///< the link's; may be null
  std::vector<bool> spared = {};  ///< for each fault of the chain

  /// The fault at `index` looks at what flows this way.
  bool meets(std::size_t index, Direction way) const { return !spared[index] && chain->armed[index].covers(way); }
  /// Some fault that looks at what flows this way delays it.
  bool delayed(Direction way) const {
    for (std::size_t i = 0; i < chain->size(); ++i) {
      if (meets(i, way) && chain->armed[i].fault->delays()) return true;
    }
    return false;
  }
  /// Some fault looks at what flows this way.
  bool any(Direction way) const {
    for (std::size_t i = 0; i < chain->size(); ++i) {
      if (meets(i, way)) return true;
    }
    return false;
  }
};

}  // namespace stormproof
