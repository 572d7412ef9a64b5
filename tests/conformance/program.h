/// A `stormproof proxy` process on free ports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/e2e/support/child.h"

namespace stormproof::conformance {

class ProxyProgram {
 public:
  /// Starts it with --api on a free port and waits until it told where that is.
  explicit ProxyProgram(std::vector<std::string> arguments = {});
  /// "127.0.0.1:4711"
  const std::string& api() const { return api_; }
  e2e::Child& child() { return *child_; }
  /// SIGTERM; what it said and how it ended.
  e2e::Ran stop();

 private:
  std::optional<e2e::Child> child_;
  std::string api_;
};

}  // namespace stormproof::conformance
