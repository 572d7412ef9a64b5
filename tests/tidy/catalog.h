/// Nothing lies about unused: kinds are in their catalog, tests in a CMakeLists.txt, golden cases expect something.
#pragma once

#include "tests/tidy/source_tree.h"

namespace stormproof::tidy {

/// Each kind (`const FaultKind kill_kind`) stands in a file of its name and once, sorted, in its folder's catalog.cpp.
std::vector<Finding> check_catalogs(const SourceTree& tree);
/// Each *_test.cpp is named in the CMakeLists.txt of its folder.
std::vector<Finding> check_tests_are_built(const SourceTree& tree);
/// Each directory tests/golden/SUITE/CASE holds an expected.* file.
std::vector<Finding> check_golden_cases(const SourceTree& tree);

}  // namespace stormproof::tidy
