/// A `stormproof proxy` process on free ports, and what the script is played with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/conformance/script.h"
#include "tests/e2e/support/child.h"
#include "tests/support/http_wire.h"

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

inline constexpr const char* kScript = STORMPROOF_SOURCE_DIR "/tests/conformance/requests.script";

/// A port that was free a moment ago; the kernel does not hand it out again soon.
std::string free_port();
/// What {a} and the others stand for in this run.
std::map<std::string, std::string> script_values(const TestListener& taken);
/// One request on a connection of its own.
Reply ask(const std::string& api, const Exchange& exchange, WireReply* wire = nullptr);

}  // namespace stormproof::conformance
