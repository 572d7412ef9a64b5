/// The ways of `stormproof check` that have a file of their own.
#pragma once

#include "harness/cli/commands.h"

namespace stormproof {

ExitCode check_diff(const CheckArgs& args);

}  // namespace stormproof
