/// The program's exit status. Over many runs fail beats environment beats unknown beats pass.
#pragma once

namespace stormproof {

enum class ExitCode : int {
  pass = 0,
  fail = 1,
  usage = 2,
  unknown = 3,
  environment = 4,
  interrupted = 130,
};

ExitCode merge(ExitCode a, ExitCode b);

}  // namespace stormproof
