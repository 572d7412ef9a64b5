/// The digest a record travels with: 16 hex digits of FNV-1a, mixed by one step of SplitMix64.
#pragma once

#include <string>
#include <string_view>

namespace streams {

std::string digest_of(std::string_view payload);

}  // namespace streams
