// requests.script against the program itself.
#include "tests/conformance/script.h"

#include <gtest/gtest.h>

#include "tests/conformance/program.h"
#include "tests/support/http_wire.h"

namespace stormproof::conformance {
namespace {

std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

/// Ports that were free a moment ago; the kernel does not hand them out again soon.
std::string free_port() { return port_of(TestListener().address()); }

TEST(Script, EveryReplyIsAsRecorded) {
  ProxyProgram program;
  const TestListener taken;
  const auto script =
      read_script(STORMPROOF_SOURCE_DIR "/tests/conformance/requests.script",
                  {{"a", free_port()}, {"b", free_port()}, {"c", free_port()}, {"taken", port_of(taken.address())}});
  play(script, [&](const Exchange& exchange) {
    const WireReply reply =
        http_exchange(program.api(), exchange.method, exchange.target, exchange.body, exchange.headers);
    EXPECT_EQ(reply.headers.count("x-toxiproxy-request-id"), 1U);
    const bool error_text =
        reply.headers.count("content-type") == 1 && reply.headers.at("content-type") == "text/plain; charset=utf-8";
    EXPECT_EQ(reply.headers.count("x-content-type-options"), error_text ? 1U : 0U);
    const auto type = reply.headers.find("content-type");
    return Reply{reply.status, type == reply.headers.end() ? "" : type->second, reply.body};
  });
  const e2e::Ran ran = program.stop();
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.err, "");
}

}  // namespace
}  // namespace stormproof::conformance
