/// Where something stands in a scenario file. Born in harness/scenario, carried by value ever after.
#pragma once

#include <string>

namespace stormproof {

/// 1-based. line 0: no position (a default, or a value that came from the command line).
struct SourceRange {
  int line = 0;
  int column = 0;
  int end_line = 0;
  int end_column = 0;  ///< one past the last column

  bool known() const { return line > 0; }
};

}  // namespace stormproof
