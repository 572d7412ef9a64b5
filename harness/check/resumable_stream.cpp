/// resumable_stream = in_order (ordered) + no_duplicates (unique) + no_gaps (reliable) + resumable + bookmarkable: what
/// etcd asks of a watch, for any stream that can be taken up again. Anomalies and definitions are theirs; nothing to
/// take up and no marks are no reason for unknown here.
#include "harness/base/assert.h"
#include "harness/check/combined.h"
#include "harness/check/kinds.h"
#include "harness/model/param_text.h"

namespace stormproof {

namespace {

std::unique_ptr<Invariant> with_defaults(const InvariantKind& kind) {
  Params params;
  const Status filled = fill_defaults(kind.info.params, params);
  STORMPROOF_ASSERT(filled, "an invariant's defaults do not fit its parameters");
  return kind.make(params);
}

constexpr std::string_view kDefinition =
    "in_order by key (ordered), no_duplicates (unique), no_gaps (reliable), resumable and bookmarkable together, with "
    "their anomalies.";

}  // namespace

const InvariantKind resumable_stream_kind{
    {{.name = "resumable_stream",
      .summary = "a stream is ordered, unique, reliable, resumable and bookmarkable (reordered, duplicate, gap, ...)"},
     {},
     kDefinition},
    [](const Params&) -> std::unique_ptr<Invariant> {
      std::vector<std::unique_ptr<Invariant>> parts;
      parts.push_back(with_defaults(in_order_kind));
      parts.push_back(make_no_duplicates());
      parts.push_back(with_defaults(no_gaps_kind));
      parts.push_back(make_resumable(false));
      parts.push_back(make_bookmarkable(false));
      return std::make_unique<Combined>("resumable_stream", std::move(parts));
    }};

}  // namespace stormproof
