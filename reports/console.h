/// What a person sees while runs are in flight and when they end. Results go to one stream, talk to the other; escape
/// codes are written only where the options allow them.
#pragma once

#include <iosfwd>
#include <memory>

#include "harness/api/report.h"
#include "harness/base/clock.h"

namespace stormproof {

struct ConsoleOptions {
  bool terminal = false;         ///< talk is a terminal: live lines, redrawn in place
  bool colour = false;           ///< results may be coloured (and the live lines, if there are any)
  int width = 80;                ///< columns of the terminal; live lines and the matrix keep within it
  bool json = false;             ///< results are one JSON object a line
  bool verbose = false;          ///< also phases and faults as they come, and the evidence of expected failures
  const Clock* clock = nullptr;  ///< limits redrawing to ten a second; nullptr: redraw at every call. Outlives it
};

/// Looks at the two descriptors, the width of the terminal and the environment: NO_COLOR (any value but empty) and
/// TERM=dumb switch colours off, TERM=dumb the live lines too. `json` and `verbose` stay for the caller to set.
ConsoleOptions detect_console(int talk_fd, int results_fd);

/// The seed of each run is said before anything else of it. The streams outlive the listener; live lines are erased
/// when it is destroyed. Not thread-safe: calls are serialised, as ProgressListener says.
std::unique_ptr<ProgressListener> make_console(std::ostream& talk, std::ostream& results,
                                               const ConsoleOptions& options);

}  // namespace stormproof
