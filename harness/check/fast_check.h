/// The fast way to judge a history (README.md): one pass that keeps a few bits for each message, and a second one over
/// the places where suspects are, for their evidence. The result is the one that Checker::on_event comes to.
#pragma once

#include <optional>
#include <vector>

#include "harness/base/result.h"
#include "harness/check/checker.h"
#include "harness/check/message_states.h"
#include "harness/history/batch_reader.h"

namespace stormproof {

/// nullopt: this history has to go the slow way, because of what it carries or of what is asked. Also when it cannot be
/// read: the slow way says why. An error only for too much memory. Throws
/// std::bad_alloc. `options` with defaults filled in.
std::optional<Result<CheckResult>> check_fast(BatchSource& source, const std::vector<InvariantSpec>& specs,
                                              const CheckOptions& options);

}  // namespace stormproof
