/// Where the programs of the peers are, and which versions.
#pragma once

#include <string>

namespace stormproof::bench {

/// On PATH, in /usr/sbin or where `./dev bench packages` unpacks; empty when there is none.
std::string find_program(const std::string& name);
/// nginx's stream module; empty when there is none.
std::string find_nginx_module();
/// Where libraries of unpacked packages are, for LD_LIBRARY_PATH.
std::string unpacked_libraries();
/// What `program option` prints first on stdout or stderr.
std::string first_line_of(const std::string& program, const std::string& option);
/// The module's version that the Go linker wrote into a program.
std::string go_version_of(const std::string& program, const std::string& module);

}  // namespace stormproof::bench
