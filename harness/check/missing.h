/// What is known about when an acknowledged message that never took effect went missing. Shared by no_loss and no_gaps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/check/check_context.h"

namespace stormproof {

/// The messages of the same key on both sides of a missing one that did take effect; for evidence.
struct Neighbours {
  struct Side {
    bool known = false;
    std::int64_t seq = 0;
    Nanos t{};  ///< of its first effect
    std::uint32_t by = Interner::kNone;
  };
  Side before;
  Side after;

  /// The fault that was in force when the stream passed the missing message.
  std::string fault(const CheckContext& context, const Message& missing) const;
};

/// For each of the given messages (at most a few hundred). One pass over the table.
std::vector<Neighbours> find_neighbours(const CheckContext& context, const std::vector<std::uint32_t>& of);

/// "1 acknowledged message has no effect, but ..."
std::string missing_but(std::uint64_t count, const std::string& why);

}  // namespace stormproof
