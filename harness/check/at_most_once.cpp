/// at_most_once = no_duplicates + no_phantoms + integrity: loss is legal.
#include "harness/check/combined.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {
constexpr std::string_view kDefinition =
    "no_duplicates, no_phantoms and integrity together, with their anomalies. Loss is legal.";
}  // namespace

const InvariantKind at_most_once_kind{
    {{.name = "at_most_once",
      .summary = "no message took effect twice, some perhaps never (duplicate, phantom, aborted_read, corrupt)",
      .params = kSkewParams},
     {},
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      std::vector<std::unique_ptr<Invariant>> parts;
      parts.push_back(make_no_duplicates());
      parts.push_back(make_no_phantoms(params.duration("skew")));
      parts.push_back(make_integrity(false));
      return std::make_unique<Combined>("at_most_once", std::move(parts));
    }};

}  // namespace stormproof
