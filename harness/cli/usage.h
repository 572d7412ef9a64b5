/// The command line: text in, a Command or an exit status out.
#pragma once

#include <variant>

#include "harness/cli/commands.h"

namespace stormproof {

struct Parsed {
  Command command;
  Session session;
};

/// Help and version are printed on stdout and end with `pass`; mistakes are explained on stderr and end with `usage`.
std::variant<Parsed, ExitCode> parse_command_line(int argc, const char* const* argv);

}  // namespace stormproof
