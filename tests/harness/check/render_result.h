/// A CheckResult as text for golden files.
#pragma once

#include <string>

#include "harness/check/checker.h"

namespace stormproof {

std::string render_result(const CheckResult& result);

}  // namespace stormproof
