/// at_least_once = no_loss + no_phantoms + integrity: duplicates are legal. An in_order beside it lets order restart at
/// a replay.
#include "harness/check/combined.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {
constexpr std::string_view kDefinition =
    "no_loss, no_phantoms and integrity together, with their anomalies. Duplicates are legal; an in_order "
    "beside it lets order restart at a replay.";
}  // namespace

const InvariantKind at_least_once_kind{
    {{.name = "at_least_once",
      .summary = "every message took effect, perhaps several times (lost, phantom, aborted_read, corrupt)",
      .params = kSkewParams},
     {},
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      std::vector<std::unique_ptr<Invariant>> parts;
      parts.push_back(make_no_loss());
      parts.push_back(make_no_phantoms(params.duration("skew")));
      parts.push_back(make_integrity(false));
      return std::make_unique<Combined>("at_least_once", std::move(parts));
    }};

}  // namespace stormproof
