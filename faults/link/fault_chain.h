/// The faults armed on one link, in the order of arming. Owned by the link; its connections read it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "harness/api/link.h"

namespace stormproof {

struct FaultChain {
  struct Armed {
    std::shared_ptr<LinkFault> fault;
    Direction direction = Direction::both;

    bool covers(Direction way) const { return direction == Direction::both || direction == way; }
  };
  std::vector<Armed> armed;

  std::size_t size() const { return armed.size(); }
  bool empty() const { return armed.empty(); }
};

}  // namespace stormproof
