/// The scenario that `stormproof new NAME` writes.
#pragma once

#include <string>
#include <string_view>

namespace stormproof {

/// A commented scenario for an HTTP service that is sent messages through a link and whose effects a witness sees.
/// Valid as it is (given the real catalogs); every table explained, alternatives in comments. A `name` that cannot name
/// a scenario is replaced by "my-service".
std::string new_scenario(std::string_view name);

}  // namespace stormproof
