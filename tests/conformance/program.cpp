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

static std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

std::string free_port() { return port_of(TestListener().address()); }

std::map<std::string, std::string> script_values(const TestListener& taken) {
  return {{"a", free_port()}, {"b", free_port()}, {"c", free_port()}, {"taken", port_of(taken.address())}};
}

Reply ask(const std::string& api, const Exchange& exchange, WireReply* wire) {
  WireReply reply = http_exchange(api, exchange.method, exchange.target, exchange.body, exchange.headers);
  const auto type = reply.headers.find("content-type");
  Reply seen{reply.status, type == reply.headers.end() ? "" : type->second, reply.body};
  if (wire != nullptr) *wire = std::move(reply);
  return seen;
}

}  // namespace stormproof::conformance
