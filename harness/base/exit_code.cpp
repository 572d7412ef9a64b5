#include "harness/base/exit_code.h"

namespace stormproof {

namespace {
int rank(ExitCode code) {
  switch (code) {
    case ExitCode::pass: return 0;
    case ExitCode::unknown: return 1;
    case ExitCode::environment: return 2;
    case ExitCode::fail: return 3;
    case ExitCode::usage: return 4;
    case ExitCode::interrupted: return 5;
  }
  return 5;
}
}  // namespace

ExitCode merge(ExitCode a, ExitCode b) { return rank(a) >= rank(b) ? a : b; }

}  // namespace stormproof
