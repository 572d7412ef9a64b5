/// Finding and killing every process of a run by the mark in its environment, wherever it has gone: double forks and
/// sessions of its own do not take it off.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"

namespace stormproof {

/// The environment variable every process of a run inherits. Its value is MARK/RUN; a run inside a target of another
/// run has the outer value in front.
inline constexpr std::string_view kRunVariable = "STORMPROOF_RUN";

/// Living processes (no zombies, not this one) whose kRunVariable starts with `prefix`.
std::vector<pid_t> find_marked(std::string_view prefix);

/// SIGKILLs them again and again until none is left, or `limit` is over. Returns who was killed. Blocks; returns at
/// once when there is none.
std::vector<pid_t> sweep_marked(std::string_view prefix, Nanos limit);

}  // namespace stormproof
