/// Calls that have one owner in the tree. The table stands in banned_calls.cpp.
#pragma once

#include "tests/tidy/source_tree.h"

namespace stormproof::tidy {

std::vector<Finding> check_banned_calls(const SourceTree& tree);

}  // namespace stormproof::tidy
