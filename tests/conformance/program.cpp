#include "tests/conformance/program.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace stormproof::conformance {

ProxyProgram::ProxyProgram(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"proxy", "--api", "127.0.0.1:0"});
  child_.emplace(e2e::stormproof(std::move(arguments)));
  constexpr std::string_view kTold = "api http://";
  if (!child_->wait_for(kTold)) return;
  api_ = child_->out().substr(child_->out().find(kTold) + kTold.size());
  api_ = api_.substr(0, api_.find('\n'));
}

e2e::Ran ProxyProgram::stop() {
  child_->signal(SIGTERM);
  return child_->wait();
}

}  // namespace stormproof::conformance
