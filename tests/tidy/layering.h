/// Who may include whom. The tables stand in layering.cpp; change them with a reason, not to silence a finding.
#pragma once

#include "tests/tidy/source_tree.h"

namespace stormproof::tidy {

/// Folders are layers and arrows go one way; heavy third-party headers stay behind the files that fence them in.
std::vector<Finding> check_layering(const SourceTree& tree);

}  // namespace stormproof::tidy
