/// Random histories with known truth: a sound run of an ordered stream of messages, with a known number of each
/// anomaly planted in it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "harness/model/event.h"

namespace stormproof {

struct RandomHistory {
  std::vector<Event> events;
  std::map<std::string, std::uint64_t> planted;  ///< anomaly kind -> how many
  std::uint64_t attempted = 0, acked = 0, failed = 0, info = 0, recovered = 0;
};

/// At most `size` messages over a few keys. Each message takes part in at most one anomaly.
RandomHistory random_history(Rng& rng, std::int64_t size);

}  // namespace stormproof
