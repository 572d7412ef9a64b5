/// ordered_log = consistent_offsets + monotonic_reads + all_seen + no_phantoms + fresh_reads (where there are reads):
/// what a partitioned log promises its producers and consumers. Anomalies and definitions are theirs.
#include "harness/check/combined.h"
#include "harness/check/kinds.h"
#include "harness/check/log_offsets.h"

namespace stormproof {

namespace {

constexpr ParamSpec kSkew = kSkewParams[0];
const ParamSpec kParams[] = {kOffsetParam, kSkew};

constexpr std::string_view kDefinition =
    "consistent_offsets, monotonic_reads, all_seen, no_phantoms and, where there are reads, fresh_reads together, with "
    "their anomalies.";

}  // namespace

const InvariantKind ordered_log_kind{{{.name = "ordered_log",
                                       .summary = "a partitioned log keeps its promises (inconsistent_offsets, "
                                                  "duplicate, nonmonotonic, skip, lost, unseen, ...)",
                                       .params = kParams},
                                      "by",
                                      kDefinition},
                                     [](const Params& params) -> std::unique_ptr<Invariant> {
                                       std::vector<std::unique_ptr<Invariant>> parts;
                                       parts.push_back(make_consistent_offsets(params));
                                       parts.push_back(make_monotonic_reads(params));
                                       parts.push_back(make_all_seen(params));
                                       parts.push_back(make_no_phantoms(params.duration("skew")));
                                       parts.push_back(make_fresh_reads(params, false));
                                       return std::make_unique<Combined>("ordered_log", std::move(parts));
                                     }};

}  // namespace stormproof
