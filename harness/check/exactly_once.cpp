/// exactly_once = no_loss + no_duplicates + no_phantoms + integrity, with their anomalies and definitions: every
/// acknowledged message took effect once, every message of unknown outcome at most once, and nothing else did.
#include "harness/check/combined.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {
constexpr std::string_view kDefinition =
    "no_loss, no_duplicates, no_phantoms and integrity together, with their anomalies.";
}  // namespace

const InvariantKind exactly_once_kind{
    {{.name = "exactly_once",
      .summary = "every message took effect exactly once (lost, duplicate, phantom, aborted_read, corrupt)",
      .params = kSkewParams},
     {},
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      std::vector<std::unique_ptr<Invariant>> parts;
      parts.push_back(make_no_loss());
      parts.push_back(make_no_duplicates());
      parts.push_back(make_no_phantoms(params.duration("skew")));
      parts.push_back(make_integrity(false));
      return std::make_unique<Combined>("exactly_once", std::move(parts));
    }};

}  // namespace stormproof
