/// One cell of a scenario: a raw tree whose {params.X} are expanded becomes a Scenario. Internal to harness/scenario.
#pragma once

#include "harness/scenario/parse_context.h"

namespace stormproof {

/// Fills everything but params, matrix, expects, cell and file. Mistakes go to `sink`.
Scenario parse_scenario(const RawValue& root, const Kinds& kinds, RegexCache& regexes, DiagnosticSink& sink);

/// Reads [[expect]] against the whole matrix. `tested`: the matrix, in file order.
using Matrix = std::vector<std::pair<std::string, std::vector<std::string>>>;
std::vector<ExpectSpec> parse_expects(const RawValue& expects, const Matrix& matrix, DiagnosticSink& sink);

/// The anomalies an [[expect]] may name (design §6).
const std::vector<std::string>& anomaly_kinds();

/// Used when [invariants] is absent: exactly_once; graceful_stop for a scenario with neither source nor witness.
std::string default_invariant(const Scenario& scenario);

}  // namespace stormproof
