#include "harness/sources/push_params.h"

#include <fmt/core.h>

#include "harness/base/units.h"

namespace stormproof::sources {

Workload workload_of(const Params& params, const Rng& rng) {
  return {static_cast<std::uint64_t>(params.integer("messages")), static_cast<std::uint64_t>(params.integer("keys")),
          params.size("payload"), rng};
}

PushOptions push_options_of(const Params& params) {
  return {.rate = static_cast<std::uint64_t>(params.integer("rate")),
          .concurrency = static_cast<std::uint64_t>(params.integer("concurrency")),
          .order = params.boolean("unordered") ? KeyOrder::unordered : KeyOrder::kept,
          .retries = static_cast<std::uint64_t>(params.integer("retries")),
          .backoff = params.duration("backoff")};
}

Status check_payload(const Params& params) {
  constexpr std::uint64_t kPayloadMax = std::uint64_t{16} << 20U;
  if (params.size("payload") <= kPayloadMax) return {};
  return usage_error(fmt::format("a payload of {} is too large, the most is {}", print_size(params.size("payload")),
                                 print_size(kPayloadMax)));
}

}  // namespace stormproof::sources
